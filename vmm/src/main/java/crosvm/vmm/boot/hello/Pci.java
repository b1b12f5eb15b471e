package crosvm.vmm.boot.hello;

import static crosvm.vmm.boot.hello.Console.print;
import static crosvm.vmm.boot.hello.compiler.Expression.load16;
import static crosvm.vmm.boot.hello.compiler.Expression.load32;
import static crosvm.vmm.boot.hello.compiler.Expression.load64;
import static crosvm.vmm.boot.hello.compiler.Expression.number;

import crosvm.vmm.boot.hello.compiler.Expression;
import crosvm.vmm.boot.hello.compiler.Local;
import crosvm.vmm.boot.hello.compiler.Program;
import crosvm.vmm.boot.hello.compiler.Routine;
import java.util.LinkedHashMap;
import java.util.Map;

/** The hello guest's walk over PCI bus 0, by the memory-mapped configuration space that ACPI's MCFG names. */
final class Pci {
    private static final int ECAM_AT = 44;
    private static final int SLOTS = 32;
    private static final int SLOT_SHIFT = 15;
    private static final int NOBODY = 0xffff;
    private static final int DEVICE_AT = 2;
    private static final int CLASS_AT = 0x0a;
    private static final int HOST_BRIDGE = 0x0600;
    private static final int BARS_AT = 0x10;
    private static final long BAR_FLAGS = 0xf;
    private static final int BAR_TYPE = 6;
    private static final int BAR_64_BIT = 4;
    private static final int VIRTIO_VENDOR = 0x1af4;

    private Pci() {}

    static void addTo(Program program) {
        program.routine("scanPci", 0, Pci::scan);
        program.routine("printFunction", 2, Pci::printFunction);
        program.routine("printDeviceName", 1, Pci::printDeviceName);
        program.routine("barAddress", 2, Pci::barAddress);
    }

    private static void scan(Routine r) {
        Local function = r.local(load64(Acpi.table("MCFG").plus(ECAM_AT)));
        Local slot = r.local(0);
        r.loopWhile(slot.isBelow(SLOTS), () -> {
            r.when(load16(function).isNot(NOBODY), () -> r.call("printFunction", function, slot));
            r.add(slot, 1);
            r.add(function, 1 << SLOT_SHIFT);
        });
    }

    /** {@code printFunction(configurationSpace, slot)}: place, ids, name, and what a virtio device has to give. */
    private static void printFunction(Routine r) {
        Local function = r.argument(0);
        Local slot = r.argument(1);
        Local vendor = r.local(load16(function));
        Local device = r.local(load16(function.plus(DEVICE_AT)));
        print(r, "  00:");
        r.call("printHex", slot, number(2));
        print(r, ".0 ");
        r.call("printHex", vendor, number(4));
        print(r, ":");
        r.call("printHex", device, number(4));
        print(r, " ");
        r.when(load16(function.plus(CLASS_AT)).is(HOST_BRIDGE), () -> print(r, "host bridge"));
        r.when(vendor.is(VIRTIO_VENDOR), () -> {
            r.call("printDeviceName", device);
            r.when(device.is(Virtio.DISK), () -> r.call("readDisk", function, slot));
            r.when(device.is(Virtio.ENTROPY), () -> r.call("readEntropy", function, slot));
        });
        print(r, "\r\n");
    }

    /** {@code printDeviceName(deviceId)} */
    private static void printDeviceName(Routine r) {
        Map<Integer, String> names = new LinkedHashMap<>();
        names.put(1, "network");
        names.put(2, "disk");
        names.put(3, "console");
        names.put(4, "entropy source");
        names.put(5, "balloon");
        names.put(19, "socket");
        names.put(26, "file system");
        names.put(30, "Wayland");
        print(r, "virtio ");
        names.forEach((type, name) -> r.when(r.argument(0).is(Virtio.FIRST_ID + type), () -> {
            print(r, name);
            r.returns(0);
        }));
        print(r, "device");
    }

    /** {@code barAddress(configurationSpace, index)} */
    private static void barAddress(Routine r) {
        Local at = r.local(r.argument(0).plus(r.argument(1).times(4)).plus(BARS_AT));
        Local low = r.local(load32(at));
        Expression address = low.and(~BAR_FLAGS);
        r.when(
                low.and(BAR_TYPE).is(BAR_64_BIT),
                () -> r.returns(address.or(load32(at.plus(4)).shiftLeft(32))));
        r.returns(address);
    }
}
