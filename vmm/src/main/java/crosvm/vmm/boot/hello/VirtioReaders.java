package crosvm.vmm.boot.hello;

import static crosvm.vmm.boot.hello.Console.print;
import static crosvm.vmm.boot.hello.Virtio.NEXT;
import static crosvm.vmm.boot.hello.Virtio.ROOM_AT;
import static crosvm.vmm.boot.hello.Virtio.WRITE;
import static crosvm.vmm.boot.hello.compiler.Expression.call;
import static crosvm.vmm.boot.hello.compiler.Expression.load32;
import static crosvm.vmm.boot.hello.compiler.Expression.load8;
import static crosvm.vmm.boot.hello.compiler.Expression.number;

import crosvm.vmm.boot.hello.compiler.Expression;
import crosvm.vmm.boot.hello.compiler.Local;
import crosvm.vmm.boot.hello.compiler.Program;
import crosvm.vmm.boot.hello.compiler.Routine;

/** What the hello guest does with virtio devices that give something: a disk's first bytes, some random bytes. */
final class VirtioReaders {
    private static final int PAGE_SHIFT = 12;
    private static final int SECTOR = 512;
    private static final int SECTORS_PER_KIB = 2;
    private static final int SHOWN = 16;
    private static final int RANDOM_BYTES = 16;

    // Within the room of a queue's page: a block request's header (§5.2.6), its status, data.
    private static final int HEADER_AT = ROOM_AT;
    private static final int HEADER_SIZE = 16;
    private static final int STATUS_AT = ROOM_AT + 0x100;
    private static final int DATA_AT = ROOM_AT + 0x200;
    private static final int TYPE_IN = 0;
    private static final int NOT_WRITTEN = 0xff;

    private VirtioReaders() {}

    static void addTo(Program program) {
        program.routine("readDisk", 2, VirtioReaders::readDisk);
        program.routine("readEntropy", 2, VirtioReaders::readEntropy);
    }

    private static Expression queueOf(Local slot) {
        return slot.shiftLeft(PAGE_SHIFT).plus(HelloGuest.QUEUES);
    }

    /** {@code readDisk(configurationSpace, slot)}: size, and the beginning of its first sector. */
    private static void readDisk(Routine r) {
        Local function = r.argument(0);
        Local queue = r.local(queueOf(r.argument(1)));
        Local started = r.local(call("startDevice", function, queue));
        r.when(started.is(0), () -> {
            print(r, ", which does not start");
            r.returns(0);
        });
        Local config = r.local(Virtio.structure(function, Virtio.DEVICE));
        Local sectors = r.local(load32(config).or(load32(config.plus(4)).shiftLeft(32)));
        print(r, ", ");
        r.call("printDecimal", sectors.dividedBy(SECTORS_PER_KIB));
        print(r, " KiB");
        r.store32(queue.plus(HEADER_AT), TYPE_IN);
        r.store64(queue.plus(HEADER_AT + 8), number(0)); // the first sector
        r.store8(queue.plus(STATUS_AT), number(NOT_WRITTEN));
        describe(r, queue, 0, HEADER_AT, HEADER_SIZE, NEXT);
        describe(r, queue, 1, DATA_AT, SECTOR, NEXT | WRITE);
        describe(r, queue, 2, STATUS_AT, 1, WRITE);
        Local answered = r.local(call("request", function, queue));
        r.whenElse(
                answered.and(load8(queue.plus(STATUS_AT)).is(0)),
                () -> {
                    print(r, ", first bytes:");
                    r.call("printBytes", queue.plus(DATA_AT), number(SHOWN));
                    print(r, " |");
                    r.call("printAscii", queue.plus(DATA_AT), number(SHOWN));
                    print(r, "|");
                },
                () -> print(r, ", which cannot be read"));
        r.call("stopDevice", function);
    }

    /** {@code readEntropy(configurationSpace, slot)}: a few random bytes. */
    private static void readEntropy(Routine r) {
        Local function = r.argument(0);
        Local queue = r.local(queueOf(r.argument(1)));
        Local started = r.local(call("startDevice", function, queue));
        r.when(started.is(0), () -> {
            print(r, ", which does not start");
            r.returns(0);
        });
        describe(r, queue, 0, DATA_AT, RANDOM_BYTES, WRITE);
        Local answered = r.local(call("request", function, queue));
        r.whenElse(
                answered,
                () -> {
                    print(r, ", random bytes:");
                    r.call("printBytes", queue.plus(DATA_AT), load32(queue.plus(Virtio.USED_LENGTH_AT)));
                },
                () -> print(r, ", which gives nothing"));
        r.call("stopDevice", function);
    }

    private static void describe(Routine r, Local queue, int index, int at, int length, int flags) {
        r.call("describe", queue, number(index), queue.plus(at), number(length), number(flags));
    }
}
