package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.SpecModel;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the loader and linter find no error in can always be planned. */
class PlanPropertyTest {
    private static final int ROUNDS = 2_000;
    private static final List<String> ODD_VALUES = List.of(
            "null",
            "true",
            "false",
            "0",
            "1",
            "8",
            "255",
            "thread",
            "process",
            "{}",
            "[]",
            "root",
            "lan",
            "512MiB",
            "63GiB",
            "{rng: process, blk: thread}",
            "{balloon: process}",
            "{all: [blk, net, rng]}",
            "none",
            "terminal",
            "x,y");

    /** Seeded, so that a failure comes again; the message names the changes. */
    @Test
    void plansWhateverHasNoErrors() {
        Random random = new Random(20261124);
        List<String> examples = ExamplesTest.examples();
        List<FieldInfo> fields = new ArrayList<>();
        fields.addAll(SpecModel.fields());
        int sound = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String example = examples.get(random.nextInt(examples.size()));
            List<String> changes = new ArrayList<>();
            for (int i = random.nextInt(2); i >= 0; i--) {
                changes.add(change(fields.get(random.nextInt(fields.size())), random));
            }
            SpecOverrides.Builder overrides = SpecOverrides.builder();
            changes.forEach(overrides::set);
            LoadResult result =
                    SpecLoader.withEnvironment(Map.of()).load(Path.of("../examples", example), overrides.build());
            if (result.spec() != null) {
                sound++;
                assertThatCode(() -> DeviceModules.plan(result.spec()))
                        .as("%s with %s", example, changes)
                        .doesNotThrowAnyException();
            }
        }
        assertThat(sound).as("specs without errors among them").isGreaterThan(ROUNDS / 10);
    }

    private static String change(FieldInfo field, Random random) {
        String path = field.path().replace("[]", "." + random.nextInt(3)).replace("*", "rng");
        List<String> values = new ArrayList<>(ODD_VALUES);
        values.add(field.doc().example());
        values.add(field.doc().example());
        if (field.type() instanceof FieldType.Scalar scalar) {
            values.addAll(scalar.words());
        }
        return path + "=" + values.get(random.nextInt(values.size()));
    }
}
