package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What commands make of the networks between the machines of a file. */
@Timeout(60)
class FleetNetworkCommandsTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void writes() throws IOException {
        file = fleet("10.77.9.0/24");
    }

    private Path fleet(String subnet) throws IOException {
        return Files.writeString(folder.resolve("vm.yaml"), """
                name: shop
                defaults: {kernel: {builtin: hello}, memory: 32MiB, networks: [{id: lan, network: lan}]}
                networks:
                  lan: {subnet: %s}
                  wan:
                    internet: true
                    forward: ["8080:web:80"]
                machines:
                  db: {}
                  web: {networks: [{id: wan, network: wan}]}
                """.formatted(subnet));
    }

    private Run run(String... words) {
        return Run.with(Map.of("XDG_RUNTIME_DIR", folder.toString()), words);
    }

    @Test
    void tellsWhereTheFieldsOfNetworksComeFrom() throws IOException {
        Run run = run("config", "--provenance", file.toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .containsPattern("networks\\.lan\\.subnet +\"10.77.9.0/24\" +\\S*vm.yaml:4\n")
                .containsPattern("networks\\.lan\\.ipv6 +false +default\n")
                .containsPattern("networks\\.wan\\.subnet +\"10\\.[0-9.]+/24\" +default\n")
                .containsPattern("networks\\.wan\\.forward\\[0] +\"8080:web:80\" +\\S*vm.yaml:7\n");
        Path more = Files.writeString(folder.resolve("more.yaml"), """
                name: shop
                networks: {lan: {ipv6: true}}
                machines: {db: {cpus: 2}}
                """);
        assertThat(run("config", "--provenance", file.toString(), more.toString())
                        .out())
                .containsPattern("networks\\.lan\\.ipv6 +true +\\S*more.yaml:2\n");
        assertThat(run("config", "--provenance", "--format", "json", file.toString())
                        .out())
                .contains("\"networks.lan.subnet\"");
    }

    @Test
    void theHashOfAFileDependsOnItsNetworks() throws IOException {
        String hash = run("config", "--hash", file.toString()).out();
        assertThat(run("config", "--hash", file.toString()).out()).isEqualTo(hash);
        fleet("10.77.10.0/24");
        assertThat(run("config", "--hash", file.toString()).out()).isNotEqualTo(hash);
    }

    @Test
    void exportsMachinesOnANetworkWhereTheyShareIt() {
        assertThat(run("export", "systemd", file.toString(), "db").out())
                .contains("ExecStart=/usr/bin/crosvm up " + file + " db --no-deps", "for the 4 processes of crosvm");
        Run refused = run("export", "quadlet", file.toString(), "db");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err())
                .contains("shop-db: networks: lan is between machines of this file, which are containers of their own");
    }
}
