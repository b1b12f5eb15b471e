package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.readiness.Readiness;
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
                "",
                "shop",
                null));
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
                "crashed",
                null,
                null));
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

    /** A machine whose spec says nothing of it has no column of its own to be empty in. */
    @Test
    void showsHowReadyMachinesAreWhereOneOfThemTells() {
        MachineList list = list();
        list.add(new MachineList.Row(
                "db",
                "running",
                1L,
                START,
                START,
                null,
                1,
                32L << 20,
                null,
                null,
                null,
                0,
                null,
                "",
                null,
                new Readiness(Readiness.State.OVERDUE, START, "port 80: closed at once")));
        assertThat(list.toTable(false)).isEqualTo("""
                        NAME  STATE       READY    PID   UPTIME  VCPUS  MEMORY  BALLOON  CID    SPEC
                        web   suspended   -        4711  1h 1m   2      512MiB  128MiB   70000  /vm/web.yaml
                        job   ended (33)  -        -     -       1      32MiB   -        -      -
                        db    running     overdue  1     1h 1m   1      32MiB   -        -      -
                        """);
        assertThat(list.toJson()).contains("\"state\": \"overdue\"", "\"detail\": \"port 80: closed at once\"");
    }

    @Test
    void isJsonForPrograms() {
        assertThat(list().toJson())
                .contains(
                        "\"name\": \"web\"",
                        "\"pid\": 4711",
                        "\"uptime\": 3700",
                        "\"balloon\": 134217728",
                        "\"cid\": 70000",
                        "\"fleet\": \"shop\"")
                .contains("\"status\": 33", "\"cause\": \"crashed\"", "\"spec\": null");
    }
}
