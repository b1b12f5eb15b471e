package crosvm.vmm.boot.hello;

import static crosvm.vmm.boot.hello.Console.print;
import static crosvm.vmm.boot.hello.compiler.Expression.call;
import static crosvm.vmm.boot.hello.compiler.Expression.load16;
import static crosvm.vmm.boot.hello.compiler.Expression.load64;
import static crosvm.vmm.boot.hello.compiler.Expression.number;

import crosvm.vmm.boot.hello.compiler.Expression;
import crosvm.vmm.boot.hello.compiler.Local;
import crosvm.vmm.boot.hello.compiler.Program;
import crosvm.vmm.boot.hello.compiler.Routine;
import crosvm.vmm.linux.abi.X86BootParams;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code LoadGuestMain FILE MIB DISKMIB}: writes a kernel for {@code .ci/bench-memory} that never ends: it writes to each
 * page of its MIB of memory, drives each virtio disk of DISKMIB (a power of 2) with 64 KiB reads and writes all over it, sets
 * the other devices up and reads from them as the hello guest does, tells so on its console, and begins anew.
 */
public final class LoadGuestMain {
    private static final int LOAD_ADDRESS = 0x100_0000;
    private static final int CODE_AT = 0x1000;
    private static final int REQUESTS = 200;
    private static final int REQUEST_SIZE = 0x1_0000;
    private static final int REQUEST_SECTORS = REQUEST_SIZE / 512;
    private static final long DATA = 0x200_0000;
    private static final int PAGE = 4096;
    private static final int SLOTS = 32;
    private static final int ECAM_AT = 44;
    private static final int DEVICE_AT = 2;
    private static final int NOBODY = 0xffff;
    private static final int RING_AT = Virtio.AVAILABLE_AT + 4;
    private static final int RING_MASK = 3;
    private static final int HEADER_AT = Virtio.ROOM_AT;
    private static final int STATUS_AT = Virtio.ROOM_AT + 0x100;

    private LoadGuestMain() {}

    public static void main(String[] args) throws IOException {
        long memory = Long.parseLong(args[1]) << 20;
        long sectors = Long.parseLong(args[2]) << 11;
        Program program = new Program(HelloGuest.VARIABLES);
        program.routine(Program.MAIN, 1, r -> load(r, memory));
        program.routine("driveDisk", 2, r -> driveDisk(r, sectors));
        Console.addTo(program);
        Acpi.addTo(program);
        Pci.addTo(program);
        Virtio.addTo(program);
        VirtioReaders.addTo(program);
        Files.write(Path.of(args[0]), elf(program.link()));
    }

    private static void load(Routine r, long memory) {
        r.call("openConsole");
        r.call("openAcpi", load64(r.argument(0).plus(X86BootParams.ACPI_RSDP_ADDR.offset())));
        Local round = r.local(0);
        r.loopWhile(number(1), () -> {
            r.add(round, 1);
            Local page = r.local(DATA);
            r.loopWhile(page.isBelow(memory), () -> {
                r.store64(page, page.plus(round));
                r.add(page, PAGE);
            });
            Local function = r.local(load64(Acpi.table("MCFG").plus(ECAM_AT)));
            Local slot = r.local(0);
            r.loopWhile(slot.isBelow(SLOTS), () -> {
                Expression device = load16(function.plus(DEVICE_AT));
                r.when(
                        load16(function).isNot(NOBODY),
                        () -> r.whenElse(
                                device.is(Virtio.DISK),
                                () -> r.call("driveDisk", function, slot),
                                () -> r.call("printFunction", function, slot)));
                r.add(slot, 1);
                r.add(function, 1 << 15);
            });
            print(r, "Round ");
            r.call("printDecimal", round);
            print(r, "\r\n");
        });
    }

    /** {@code driveDisk(configurationSpace, slot)}: one request at a time, reads and writes in turn. */
    private static void driveDisk(Routine r, long sectors) {
        Local function = r.argument(0);
        Local queue = r.local(r.argument(1).shiftLeft(12).plus(HelloGuest.QUEUES));
        r.store64(queue.plus(Virtio.USED_AT), number(0));
        r.when(call("startDevice", function, queue).is(0), () -> r.returns(0));
        Local first = r.local(call("request", function, queue(r, queue, number(0), number(0))));
        r.when(first.is(0), () -> r.returns(0));
        Local notify = r.local(Virtio.structure(function, 2));
        Local done = r.local(1);
        r.loopWhile(done.isBelow(REQUESTS), () -> {
            Expression sector = done.times(40503L * REQUEST_SECTORS).and(sectors - 1);
            queue(r, queue, done.and(1), sector);
            r.store16(queue.plus(RING_AT).plus(done.and(RING_MASK).times(2)), 0);
            r.add(done, 1);
            r.store16(queue.plus(Virtio.AVAILABLE_AT + 2), done);
            r.store16(notify, 0);
            r.loopWhile(load16(queue.plus(Virtio.USED_AT + 2)).isNot(done), () -> {});
        });
        r.call("stopDevice", function);
    }

    /** Fills in the chain of a request; gives the queue back. */
    private static Local queue(Routine r, Local queue, Expression type, Expression sector) {
        r.store32(queue.plus(HEADER_AT), type);
        r.store32(queue.plus(HEADER_AT + 4), 0);
        r.store64(queue.plus(HEADER_AT + 8), sector);
        r.call("describe", queue, number(0), queue.plus(HEADER_AT), number(16), number(Virtio.NEXT));
        Expression flags = type.is(0).times(Virtio.WRITE).plus(Virtio.NEXT);
        r.call("describe", queue, number(1), number(DATA), number(REQUEST_SIZE), flags);
        r.call("describe", queue, number(2), queue.plus(STATUS_AT), number(1), number(Virtio.WRITE));
        return queue;
    }

    /** An ELF64 executable for x86-64 with one PT_LOAD segment, which starts with the code. */
    private static byte[] elf(byte[] code) {
        ByteBuffer elf = ByteBuffer.allocate(CODE_AT + code.length).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
        elf.putShort((short) 2).putShort((short) 62).putInt(1).putLong(LOAD_ADDRESS);
        elf.putLong(64).putLong(0).putInt(0);
        elf.putShort((short) 64).putShort((short) 56).putShort((short) 1);
        elf.position(64)
                .putInt(1)
                .putInt(5)
                .putLong(CODE_AT)
                .putLong(LOAD_ADDRESS)
                .putLong(LOAD_ADDRESS);
        elf.putLong(code.length).putLong(code.length).putLong(CODE_AT);
        return elf.position(CODE_AT).put(code).array();
    }
}
