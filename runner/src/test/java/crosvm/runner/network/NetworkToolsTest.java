package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which programs a network needs, and what is said of those that are missing. */
class NetworkToolsTest {
    @TempDir
    private Path folder;

    private void install(String... names) throws IOException {
        for (String name : names) {
            Files.createFile(
                    folder.resolve(name),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
    }

    @Test
    void namesAllMissingProgramsAndTheirPackagesAtOnce() throws IOException {
        NetworkTools tools = new NetworkTools(List.of(folder.toString()));
        assertThatThrownBy(() -> tools.require(true))
                .isInstanceOf(FailedException.class)
                .hasMessage("a network between machines needs ip, nft, dnsmasq, pasta, which are not on the PATH."
                        + " Install: apt install iproute2 nftables dnsmasq-base passt");
        install("ip", "nft", "pasta");
        assertThatThrownBy(() -> tools.require(true))
                .hasMessage("a network between machines needs dnsmasq, which is not on the PATH."
                        + " Install: apt install dnsmasq-base");
        assertThatThrownBy(tools::dnsmasq).hasMessageContaining("apt install dnsmasq-base");
    }

    @Test
    void needsPastaOnlyWhereTheNetworkLeadsOut() throws IOException {
        NetworkTools tools = new NetworkTools(List.of(folder.toString()));
        install("ip", "nft", "dnsmasq");
        assertThatCode(() -> tools.require(false)).doesNotThrowAnyException();
        assertThatThrownBy(() -> tools.require(true)).hasMessageContaining("apt install passt");
        assertThat(tools.nft()).isEqualTo(folder.resolve("nft").toString());
    }
}
