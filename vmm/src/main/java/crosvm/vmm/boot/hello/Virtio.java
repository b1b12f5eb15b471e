package crosvm.vmm.boot.hello;

import static crosvm.vmm.boot.hello.compiler.Expression.call;
import static crosvm.vmm.boot.hello.compiler.Expression.load16;
import static crosvm.vmm.boot.hello.compiler.Expression.load32;
import static crosvm.vmm.boot.hello.compiler.Expression.load8;
import static crosvm.vmm.boot.hello.compiler.Expression.number;
import static crosvm.vmm.boot.hello.compiler.Expression.portRead;

import crosvm.vmm.boot.hello.compiler.Expression;
import crosvm.vmm.boot.hello.compiler.Local;
import crosvm.vmm.boot.hello.compiler.Program;
import crosvm.vmm.boot.hello.compiler.Routine;
import crosvm.vmm.device.acpi.AcpiPm;

/**
 * The hello guest's virtio driver (virtio 1.2 §3.1.1, §4.1): a modern PCI device's first queue, one request at a time,
 * polled. A queue lives in one page: descriptors, available ring, used ring, then room for data.
 */
final class Virtio {
    /** A modern device's PCI id is this plus the device type (§4.1.2). */
    static final int FIRST_ID = 0x1040;

    static final int DISK = FIRST_ID + 2;
    static final int ENTROPY = FIRST_ID + 4;

    static final int AVAILABLE_AT = 0x100;
    static final int USED_AT = 0x200;
    static final int ROOM_AT = 0x400;
    /** Length of the first used element. */
    static final int USED_LENGTH_AT = USED_AT + 8;

    static final int NEXT = 1;
    static final int WRITE = 2;

    /** Structures in configuration space (§4.1.4). */
    private static final int COMMON = 1;

    private static final int NOTIFY = 2;
    static final int DEVICE = 4;

    private static final int COMMAND_AT = 4;
    private static final int MEMORY_AND_BUS_MASTER = 6;
    private static final int CAPABILITIES_AT = 0x34;
    private static final int VENDOR_CAPABILITY = 9;

    // Registers of the common configuration structure (§4.1.4.3).
    private static final int DEVICE_FEATURE_SELECT = 0x00;
    private static final int DEVICE_FEATURE = 0x04;
    private static final int DRIVER_FEATURE_SELECT = 0x08;
    private static final int DRIVER_FEATURE = 0x0c;
    private static final int STATUS = 0x14;
    private static final int QUEUE_SELECT = 0x16;
    private static final int QUEUE_SIZE = 0x18;
    private static final int QUEUE_ENABLE = 0x1c;
    private static final int QUEUE_NOTIFY_OFF = 0x1e;
    private static final int QUEUE_DESC = 0x20;
    private static final int QUEUE_DRIVER = 0x28;
    private static final int QUEUE_DEVICE = 0x30;

    private static final int ACKNOWLEDGE = 1;
    private static final int DRIVER = 2;
    private static final int DRIVER_OK = 4;
    private static final int FEATURES_OK = 8;
    /** VIRTIO_F_VERSION_1, bit 32: bit 0 of the second feature word. */
    private static final int VERSION_1 = 1;

    private static final int QUEUE_ENTRIES = 4;
    private static final int NO_INTERRUPT = 1;

    private static final int TIMER_MASK = 0xff_ffff;
    private static final int TWO_SECONDS = 2 * 3_579_545;

    private Virtio() {}

    static void addTo(Program program) {
        program.routine("findStructure", 2, Virtio::findStructure);
        program.routine(
                "structure",
                2,
                r -> { // (configurationSpace, type): its address, or 0
                    Local found = r.local(call("findStructure", r.argument(0), r.argument(1)));
                    r.when(found.is(0), () -> r.returns(0));
                    r.returns(call("barAddress", r.argument(0), load8(found.plus(4)))
                            .plus(load32(found.plus(8))));
                });
        program.routine("startDevice", 2, Virtio::startDevice);
        program.routine(
                "setQueueAddress",
                2,
                r -> { // (register, address): 64 bits go in two halves (§4.1.3.1)
                    r.store32(r.argument(0), r.argument(1));
                    r.store32(r.argument(0).plus(4), r.argument(1).shiftRight(32));
                });
        program.routine(
                "describe",
                5,
                r -> { // (queue, index, address, length, flags): a descriptor (§2.7.5)
                    Local descriptor = r.local(r.argument(0).plus(r.argument(1).times(16)));
                    r.store64(descriptor, r.argument(2));
                    r.store32(descriptor.plus(8), r.argument(3));
                    r.store16(descriptor.plus(12), r.argument(4));
                    r.store16(descriptor.plus(14), r.argument(1).plus(1));
                });
        program.routine("request", 2, Virtio::request);
        program.routine(
                "stopDevice",
                1,
                r -> { // (configurationSpace)
                    Local common = r.local(structure(r.argument(0), COMMON));
                    r.store8(common.plus(STATUS), number(0));
                });
    }

    static Expression structure(Expression function, int type) {
        return call("structure", function, number(type));
    }

    /** {@code findStructure(configurationSpace, type)}: the capability that says where it is (§4.1.4), or 0. */
    private static void findStructure(Routine r) {
        Local function = r.argument(0);
        Local at = r.local(load8(function.plus(CAPABILITIES_AT)));
        r.loopWhile(at.isNot(0), () -> {
            Local capability = r.local(function.plus(at));
            Expression ours = load8(capability).is(VENDOR_CAPABILITY);
            r.when(ours.and(load8(capability.plus(3)).is(r.argument(1))), () -> r.returns(capability));
            r.set(at, load8(capability.plus(1)));
        });
        r.returns(0);
    }

    /** {@code startDevice(configurationSpace, queue)}: from reset to DRIVER_OK (§3.1.1); 1 when the device goes along. */
    private static void startDevice(Routine r) {
        Local function = r.argument(0);
        Local queue = r.argument(1);
        r.store16(function.plus(COMMAND_AT), load16(function.plus(COMMAND_AT)).or(MEMORY_AND_BUS_MASTER));
        Local common = r.local(structure(function, COMMON));
        r.when(common.is(0), () -> r.returns(0));
        Expression status = common.plus(STATUS);
        r.store8(status, number(0));
        r.loopWhile(load8(status).isNot(0), () -> {});
        r.store8(status, number(ACKNOWLEDGE));
        r.store8(status, number(ACKNOWLEDGE | DRIVER));
        r.store32(common.plus(DEVICE_FEATURE_SELECT), 1);
        r.when(load32(common.plus(DEVICE_FEATURE)).and(VERSION_1).is(0), () -> r.returns(0));
        r.store32(common.plus(DRIVER_FEATURE_SELECT), 0);
        r.store32(common.plus(DRIVER_FEATURE), 0);
        r.store32(common.plus(DRIVER_FEATURE_SELECT), 1);
        r.store32(common.plus(DRIVER_FEATURE), VERSION_1);
        r.store8(status, number(ACKNOWLEDGE | DRIVER | FEATURES_OK));
        r.when(load8(status).and(FEATURES_OK).is(0), () -> r.returns(0));
        r.store16(common.plus(QUEUE_SELECT), 0);
        r.when(load16(common.plus(QUEUE_SIZE)).isBelow(QUEUE_ENTRIES), () -> r.returns(0));
        r.store16(common.plus(QUEUE_SIZE), QUEUE_ENTRIES);
        r.call("setQueueAddress", common.plus(QUEUE_DESC), queue);
        r.call("setQueueAddress", common.plus(QUEUE_DRIVER), queue.plus(AVAILABLE_AT));
        r.call("setQueueAddress", common.plus(QUEUE_DEVICE), queue.plus(USED_AT));
        r.store16(common.plus(QUEUE_ENABLE), 1);
        r.store8(status, number(ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK));
        r.returns(1);
    }

    /**
     * {@code request(configurationSpace, queue)}: makes the chain that starts at descriptor 0 available, notifies the
     * device (§4.1.5.2) and waits for it to be used; 1 when that happened within two seconds.
     */
    private static void request(Routine r) {
        Local function = r.argument(0);
        Local queue = r.argument(1);
        Local notify = r.local(structure(function, NOTIFY));
        Local multiplier =
                r.local(load32(call("findStructure", function, number(NOTIFY)).plus(16)));
        Local offset = r.local(load16(structure(function, COMMON).plus(QUEUE_NOTIFY_OFF)));
        r.store16(queue.plus(AVAILABLE_AT), NO_INTERRUPT);
        r.store16(queue.plus(AVAILABLE_AT + 4), 0); // ring[0]: the chain's head
        r.store16(queue.plus(AVAILABLE_AT + 2), 1); // idx; x86 keeps the order of stores
        r.store16(notify.plus(offset.times(multiplier)), 0);
        Local start = r.local(timer());
        r.loopWhile(
                load16(queue.plus(USED_AT + 2)).is(0),
                () -> r.when(timer().minus(start).and(TIMER_MASK).isAbove(TWO_SECONDS), () -> r.returns(0)));
        r.returns(1);
    }

    private static Expression timer() {
        return portRead(4, number(AcpiPm.PM_TIMER_PORT));
    }
}
