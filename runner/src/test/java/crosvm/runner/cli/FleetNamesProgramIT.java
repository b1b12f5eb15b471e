package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names in the current folder's file of several machines, in the built program; none of the machines runs. */
class FleetNamesProgramIT {
    @TempDir
    private Path folder;

    @BeforeEach
    void writes() throws Exception {
        Files.writeString(
                folder.resolve("vm.yaml"),
                "name: shop\nmachines: {web: {replicas: 2, kernel: {builtin: hello}}, db: {kernel: {builtin: hello}}}\n");
        StateFile.ended(folder, "shop-db", 0, "the guest powered off");
    }

    @Test
    void standForTheirMachinesWhereOneIsMeant() throws Exception {
        Program.Result result = Program.script(
                folder,
                "$crosvm exec db true; $crosvm ssh db; $crosvm vsock db 22; $crosvm cp db:/etc/hostname .; $crosvm disk limit db root");
        assertThat(result.err().lines())
                .hasSize(5)
                .allSatisfy(line -> assertThat(line).startsWith("crosvm: shop-db: is not running; it ended "));
        assertThat(Program.script(folder, "$crosvm exec web true").err())
                .isEqualTo("crosvm: web: holds several machines; name one of them: shop-web-1, shop-web-2\n");
    }

    @Test
    void standForTheirMachinesInTheStreamOfEvents() throws Exception {
        StateFile.running(folder, "other");
        StateFile.running(folder, "shop-web-1");
        Program.Result result = Program.script(folder, """
                $crosvm events web > events & events=$!
                n=0; until [ -s events ] || [ $n = 200 ]; do n=$((n + 1)); sleep 0.2; done
                kill $events; cat events
                """);
        assertThat(result.out())
                .as(result.err())
                .contains("\"machine\":\"shop-web-1\",\"event\":\"present\"")
                .doesNotContain("other");
    }
}
