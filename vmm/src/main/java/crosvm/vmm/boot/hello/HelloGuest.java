package crosvm.vmm.boot.hello;

import static crosvm.vmm.boot.hello.Console.print;
import static crosvm.vmm.boot.hello.compiler.Expression.call;
import static crosvm.vmm.boot.hello.compiler.Expression.load32;
import static crosvm.vmm.boot.hello.compiler.Expression.load64;
import static crosvm.vmm.boot.hello.compiler.Expression.load8;

import crosvm.schema.model.BuiltinKernel;
import crosvm.vmm.VmmException;
import crosvm.vmm.boot.LoadedKernel;
import crosvm.vmm.boot.hello.compiler.Expression;
import crosvm.vmm.boot.hello.compiler.Local;
import crosvm.vmm.boot.hello.compiler.Program;
import crosvm.vmm.boot.hello.compiler.Routine;
import crosvm.vmm.linux.abi.X86BootParams;
import crosvm.vmm.memory.GuestMemory;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * {@code kernel: {builtin: hello}}: greets over COM1, prints what it finds in the boot params, in ACPI's tables and on
 * the PCI bus, reads from its first-class virtio devices, and switches the machine off: at once, or as {@code builtin:
 * idle} when somebody presses the power button. It is entered like a Linux kernel by the 64-bit boot protocol and runs
 * with interrupts off. Compiled when it is loaded, in a few milliseconds.
 */
public final class HelloGuest {
    /** What {@code idle} prints before it waits for the power button. */
    public static final String WAITS_LINE = "Idle until the power button is pressed.";

    /** The last line that it prints. */
    public static final String LAST_LINE = "Goodbye.";

    private static final String IMAGES = "crosvm.vmm.boot.hello.HelloImages";
    private static final long IMAGE = 0x10_0000;
    private static final long STACK_TOP = 0x18_0000;
    /** Variables, then a page per PCI slot for virtqueues. */
    static final long VARIABLES = 0x18_0000;

    static final long QUEUES = 0x18_1000;
    static final long INTERRUPTS = 0x1c_0000;
    private static final long END = 0x1c_1000;

    private HelloGuest() {}

    /**
     * Puts the guest into memory.
     *
     * @throws VmmException when there are less than 2 MiB
     */
    public static LoadedKernel load(BuiltinKernel kernel, GuestMemory memory) {
        if (!memory.contains(IMAGE, END - IMAGE)) {
            throw new VmmException("kernel.builtin: " + kernel.name().toLowerCase(Locale.ROOT)
                    + " needs 2 MiB of memory; set memory to 2MiB or more");
        }
        byte[] image = image(kernel);
        memory.write(IMAGE, image, 0, image.length);
        return new LoadedKernel(
                LoadedKernel.Protocol.BUILTIN,
                IMAGE,
                IMAGE,
                END,
                new byte[0],
                LoadedKernel.DEFAULT_INITRD_ADDR_MAX,
                LoadedKernel.DEFAULT_CMDLINE_SIZE);
    }

    /** The guest's machine code and texts, as the build has compiled them; in classes that no build has gone through, compiled now. */
    static byte[] image(BuiltinKernel kernel) {
        try {
            @SuppressWarnings("unchecked")
            UnaryOperator<String> images = Class.forName(IMAGES)
                    .asSubclass(UnaryOperator.class)
                    .getDeclaredConstructor()
                    .newInstance();
            return images.apply(kernel.name()).getBytes(StandardCharsets.ISO_8859_1);
        } catch (ClassNotFoundException e) {
            return compile(kernel);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(IMAGES + " cannot be used", e);
        }
    }

    /** Compiles it. */
    static byte[] compile(BuiltinKernel kernel) {
        Program program = new Program(STACK_TOP);
        program.routine(Program.MAIN, 1, r -> main(r, kernel));
        program.routine("printMemory", 1, HelloGuest::printMemory);
        Console.addTo(program);
        Acpi.addTo(program);
        PowerButton.addTo(program);
        Pci.addTo(program);
        Virtio.addTo(program);
        VirtioReaders.addTo(program);
        return program.link();
    }

    /** {@code main(bootParams)} */
    private static void main(Routine r, BuiltinKernel kernel) {
        Local bootParams = r.argument(0);
        r.call("openConsole");
        print(r, "\r\nHello from a guest inside crosvm!\r\n");
        print(r, "Command line: ");
        r.call("print", load32(bootParams.plus(X86BootParams.CMD_LINE_PTR.offset())));
        print(r, "\r\n");
        r.call("printMemory", bootParams);
        r.call("openAcpi", load64(bootParams.plus(X86BootParams.ACPI_RSDP_ADDR.offset())));
        print(r, "Processors: ");
        r.call("printDecimal", call("countProcessors"));
        print(r, "\r\nPCI devices:\r\n");
        r.call("scanPci");
        if (kernel == BuiltinKernel.IDLE) {
            print(r, WAITS_LINE + "\r\n");
            r.call("awaitPowerButton");
        }
        print(r, LAST_LINE + "\r\n");
        r.call("powerOff");
    }

    /** {@code printMemory(bootParams)}: the usable ranges of the memory map, summed up. */
    private static void printMemory(Routine r) {
        Local bootParams = r.argument(0);
        Local left = r.local(load8(bootParams.plus(X86BootParams.E820_ENTRIES.offset())));
        Local entry = r.local(bootParams.plus(X86BootParams.E820_TABLE.offset()));
        Local bytes = r.local(0);
        r.loopWhile(left.isNot(0), () -> {
            Expression type = load32(entry.plus(16));
            r.when(type.is(X86BootParams.E820_RAM), () -> r.set(bytes, bytes.plus(load64(entry.plus(8)))));
            r.add(entry, X86BootParams.E820_ENTRY_SIZE);
            r.add(left, -1);
        });
        print(r, "Memory: ");
        // Rounded up: the hole below 1 MiB is not worth a fraction.
        r.call("printDecimal", bytes.plus((1 << 20) - 1).shiftRight(20));
        print(r, " MiB\r\n");
    }
}
