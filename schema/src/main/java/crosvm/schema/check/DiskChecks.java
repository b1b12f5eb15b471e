package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.DiskSpec;
import java.util.List;

/** Whether what is said about a disk fits together. */
final class DiskChecks {
    private DiskChecks() {}

    static void check(Draft draft) {
        List<DiskSpec> disks = draft.spec().disks();
        for (int i = 0; i < disks.size(); i++) {
            check(draft, disks.get(i), "disks[" + i + "]");
        }
    }

    private static void check(Draft draft, DiskSpec disk, String path) {
        if (!draft.sound(path + ".readOnly") || !disk.readOnly()) {
            return;
        }
        if (disk.writes() != null && draft.sound(path + ".writes")) {
            draft.problem(
                    SpecRule.DISK_WRITES,
                    path + ".writes",
                    "says where writes go, but readOnly: true (" + draft.place(path + ".readOnly") + ") forbids them",
                    "leave out one of the two");
        }
        if (disk.size() != null && draft.sound(path + ".size")) {
            draft.problem(
                    SpecRule.DISK_SIZE,
                    path + ".size",
                    "a disk that is only read cannot grow",
                    "leave it out, or say what becomes of writes: writes: discard");
        }
    }
}
