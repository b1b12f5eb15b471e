package crosvm.schema.load;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.VmSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is not given is kept from one file to the next, and must be the same whichever file came first. */
class DefaultsTest {
    private static final String FULL = "kernel: {image: k, initrd: i}\ndisks: [a.img, b.img]\nnetworks: [tap0, tap1]\n"
            + "console: {com2: {to: file, path: log}}\nguest: {hostname: h}\nsandbox: {devices: {rng: thread}}\n";
    private static final String SHORT =
            "kernel: {image: k, initrd: i}\ndisks: [a.img, b.img]\nnetworks: [tap0, tap1]\n";

    private static Draft load(String text, String folder) {
        LoadResult result = SpecLoader.withEnvironment(Map.of()).load("vm.yaml", text, Path.of(folder));
        return Objects.requireNonNull(result.draft());
    }

    @Test
    void areTheSameInEveryFileWithTheirPathsInTheOrderOfTheModel() {
        Draft first = load(SHORT, "/one/web");
        Draft between = load(FULL, "/one/web");
        Draft second = load(SHORT, "/one/web");
        assertThat(second.spec()).isEqualTo(first.spec());
        List<String> paths = new ArrayList<>(first.origins().keySet());
        assertThat(second.origins().keySet()).containsExactlyElementsOf(paths);
        assertThat(second.origins()).isEqualTo(first.origins());
        assertThat(second.given("guest.hostname")).isFalse();
        assertThat(between.given("guest.hostname")).isTrue();
        assertThat(between.given("sandbox.devices.rng")).isTrue();
        assertThat(between.spec().guest().hostname()).isEqualTo("h");
        assertThat(second.spec().guest().hostname()).isNull();
        assertThat(second.spec().sandbox().devices()).isEmpty();
    }

    @Test
    void thatDependOnTheMachineAreThoseOfTheMachine() {
        VmSpec web = load(SHORT, "/one/web").spec();
        VmSpec db = load(SHORT, "/one/db").spec();
        assertThat(db.name()).isEqualTo("db");
        assertThat(web.name()).isEqualTo("web");
        assertThat(db.disks().get(1).id()).isEqualTo("disk1");
        assertThat(db.networks().get(0).mac())
                .isNotEqualTo(web.networks().get(0).mac());
        assertThat(db.networks().get(0).mac()).isNotEqualTo(db.networks().get(1).mac());
        assertThat(db.disks().get(0).readOnly()).isTrue();
    }

    @Test
    void giveAGroupItsPathsWhereItStands() {
        Draft draft = load("kernel: {builtin: hello}\nconsole: {com1: none}\n", "/one/web");
        assertThat(draft.origins())
                .containsKeys("console.com2", "console.com2.to", "console.hvc0.to", "balloon.initial");
        assertThat(draft.given("console.com1")).isTrue();
        assertThat(draft.given("console.com2.to")).isFalse();
    }
}
