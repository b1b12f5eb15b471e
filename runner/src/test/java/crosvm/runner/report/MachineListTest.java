package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MachineListTest {
    private static final Instant START = Instant.parse("2026-11-24T09:00:00Z");

    private static MachineList list() {
        MachineList list = new MachineList(START.plusSeconds(3_700));
        list.add(new MachineList.Row(
                "web",
                "suspended",
                4711L,
                START,
                START,
                null,
                2,
                512L << 20,
                128L << 20,
                70_000L,
                Path.of("/vm/web.yaml"),
                1,
                null,
                ""));
        list.add(new MachineList.Row(
                "job",
                "ended",
                null,
                START,
                START,
                START.plusSeconds(60),
                1,
                32L << 20,
                null,
                null,
                null,
                0,
                33,
                "crashed"));
        return list;
    }

    @Test
    void isATableForPeople() {
        assertThat(list().toTable(false)).isEqualTo("""
                        NAME  STATE       PID   UPTIME  VCPUS  MEMORY  BALLOON  CID    SPEC
                        web   suspended   4711  1h 1m   2      512MiB  128MiB   70000  /vm/web.yaml
                        job   ended (33)  -     -       1      32MiB   -        -      -
                        """);
    }

    @Test
    void isJsonForPrograms() {
        assertThat(list().toJson())
                .contains(
                        "\"name\": \"web\"",
                        "\"pid\": 4711",
                        "\"uptime\": 3700",
                        "\"balloon\": 134217728",
                        "\"cid\": 70000")
                .contains("\"status\": 33", "\"cause\": \"crashed\"", "\"spec\": null");
    }
}
