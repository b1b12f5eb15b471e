package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JailUserTest {
    private static final String ALL = "         0          0 4294967295\n";
    private static final String CONTAINER = "         0     100000      65536\n";

    private String capabilities = "000001ffffffffff";

    @TempDir
    Path folder;

    private JailUser choose(long process, String map, String passwd) throws IOException {
        Files.writeString(folder.resolve("uid_map"), map);
        Files.writeString(folder.resolve("gid_map"), map);
        Files.writeString(folder.resolve("status"), "Name:\tjava\nCapEff:\t" + capabilities + "\n");
        Files.writeString(folder.resolve("passwd"), passwd);
        Files.writeString(folder.resolve("group"), "root:x:0:\n");
        return JailUser.choose(process, folder, folder);
    }

    @Test
    void isAnotherForEachProcessAndBehindEveryAccount() throws Exception {
        int first = choose(4711, ALL, "root:x:0:0::/:/bin/sh\n").id();
        int second = choose(4712, ALL, "+::::::\n").id();
        assertThat(first).isGreaterThanOrEqualTo(JailUser.FIRST);
        assertThat(first & ((1 << JailUser.PROCESS_BITS) - 1)).isEqualTo(4711);
        assertThat(second & ((1 << JailUser.PROCESS_BITS) - 1)).isEqualTo(4712);
        assertThat(choose((1 << 22) - 1, ALL, "").id()).isGreaterThan(0);
    }

    @Test
    void isTakenFromWhatAContainerHas() throws Exception {
        assertThat(choose(4711, CONTAINER, "").id()).isBetween(60_578, 61_183).isNotEqualTo(65_534);
    }

    @Test
    void isNobodysAccount() throws Exception {
        int likely = choose(4711, CONTAINER, "").id();
        assertThat(choose(4711, CONTAINER, "taken:x:" + likely + ":1::/:/bin/sh\n")
                        .id())
                .isNotEqualTo(likely);
        Files.writeString(folder.resolve("subuid"), "someone:" + JailUser.FIRST + ":67108864\n");
        assertThat(choose(4711, ALL, "").id()).as("no container's either").isEqualTo(likely);
    }

    @Test
    void isNoneWhereThereAreNoOthers() throws Exception {
        assertThat(choose(4711, "         0       1000          1\n", "")).isNull();
    }

    @Test
    void isNoneForARootThatCannotBecomeOrControlAnotherUser() throws Exception {
        capabilities = "00000000a80425fb"; // What Docker and Podman leave to root.
        assertThat(choose(4711, ALL, "")).isNull();
        capabilities = "0000000000000000";
        assertThat(choose(4711, ALL, "")).isNull();
    }
}
