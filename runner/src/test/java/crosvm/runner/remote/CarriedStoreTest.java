package crosvm.runner.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.image.Sha256;
import crosvm.runner.report.FailedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What another computer sends, and what is kept of it. */
class CarriedStoreTest {
    @TempDir
    Path folder;

    private CarriedStore store() {
        return CarriedStore.of(Map.of("XDG_STATE_HOME", folder.resolve("state").toString()));
    }

    private CarriedFile file(String name, String text, boolean written) throws IOException {
        Path path = Files.writeString(folder.resolve(name), text);
        return new CarriedFile(path, Files.size(path), Sha256.of(path), written);
    }

    private HostOrder order(CarriedFile... files) {
        return new HostOrder("alice@laptop", List.of("ps"), folder, Map.of("A", "b"), List.of(), List.of(files));
    }

    /** @return the host's answer: what it misses */
    private String carry(HostOrder order, CarriedFile... sent) throws IOException {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(wire);
        order.send(out);
        for (CarriedFile file : sent) {
            FileStream.send(file.path(), out);
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(wire.toByteArray()));
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        HostOrder there = HostOrder.receive(in);
        assertThat(there).isEqualTo(order);
        store().receive(there, in, new PrintStream(answer, true, StandardCharsets.UTF_8));
        return answer.toString(StandardCharsets.UTF_8);
    }

    @Test
    void keepsAFileOfTheSameContentOnceAndForgetsWhatNothingUses() throws IOException {
        CarriedFile a = file("a", "text", false);
        CarriedFile b = file("b", "text", false);
        assertThat(carry(order(a, b), a)).contains("/a").doesNotContain("/b");
        assertThat(Files.readString(store().place(order(), b.path()))).isEqualTo("text");
        CarriedFile changed = file("a", "other", false);
        CarriedFile also = file("b", "other", false);
        carry(order(changed, also), changed);
        try (Stream<Path> files = Files.list(folder.resolve("state/crosvm/carried/files"))) {
            assertThat(files.map(Path::getFileName).map(Path::toString)).containsExactly(changed.digest());
        }
    }

    @Test
    void neverReplacesWhatAMachineHasWritten() throws IOException {
        CarriedFile disk = file("disk", "seed", true);
        carry(order(disk), disk);
        Path own = store().place(order(), disk.path());
        Files.writeString(own, "data");
        CarriedFile other = file("disk", "another seed", true);
        assertThat(carry(order(other))).isEqualTo("{\"missing\":[]}\n");
        assertThat(carry(order(file("disk", "read only now", false)))).isEqualTo("{\"missing\":[]}\n");
        assertThat(Files.readString(own)).isEqualTo("data");
    }

    @Test
    void givesAMachineThatBeginsToWriteAFileOfItsOwn() throws IOException {
        CarriedFile read = file("disk", "seed", false);
        carry(order(read), read);
        CarriedFile written = file("disk", "seed", true);
        assertThat(carry(order(written), written)).contains("/disk");
        Path own = store().place(order(), written.path());
        assertThat((int) Files.getAttribute(own, "unix:nlink")).isEqualTo(1);
    }

    @Test
    void refusesAFileThatIsNotWhatWasAnnounced() throws IOException {
        CarriedFile file = file("a", "text", false);
        Files.writeString(file.path(), "txet");
        assertThatThrownBy(() -> carry(order(file), file))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining("changed while it was sent");
        Files.writeString(file.path(), "longer text");
        assertThatThrownBy(() -> carry(order(file), file))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining("became longer");
        assertThat(store().place(order(), file.path())).doesNotExist();
    }

    @Test
    void refusesOrdersThatLeadOutOfItsFolder() {
        for (String order : List.of(
                "{\"origin\":\"..\",\"words\":[],\"folder\":\"/\",\"environment\":{},\"folders\":[],\"files\":[]}",
                "{\"origin\":\"a\",\"words\":[],\"folder\":\"/a/../..\",\"environment\":{},\"folders\":[],\"files\":[]}",
                "{\"origin\":\"a\",\"words\":[],\"folder\":\"/\",\"environment\":{},\"folders\":[\"x\"],\"files\":[]}",
                "{\"origin\":\"a\",\"words\":[],\"folder\":\"/\",\"environment\":{},\"folders\":[]}",
                "[]")) {
            byte[] text = order.getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream wire = new ByteArrayOutputStream();
            wire.writeBytes(new byte[] {0, 0, (byte) (text.length >> 8), (byte) text.length});
            wire.writeBytes(text);
            assertThatThrownBy(
                            () -> HostOrder.receive(new DataInputStream(new ByteArrayInputStream(wire.toByteArray()))))
                    .as(order)
                    .isInstanceOf(FailedException.class);
        }
    }
}
