package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.hosting.StandaloneDevice;
import crosvm.vmm.linux.EndingSignals;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm device blk}: a jailed device alone, for a vhost-user front-end of somebody else's. */
final class DeviceCommand implements Command {
    private static final String SOCKET = "--socket";
    private static final String READ_ONLY = "--read-only";
    private static final String ID = "--id";
    private static final String POLICIES = "--seccomp-policy-dir";

    @Override
    public String name() {
        return "device";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Serve one jailed device to another vhost-user front-end, such as QEMU's vhost-user-blk-pci: wait"
                                + " until it connects to a socket, and end when it disconnects. The exit status is 1 if the device's"
                                + " process died.")
                .footer(
                        "",
                        "Example, with a guest that boots from the disk:",
                        "  crosvm device blk --socket /tmp/blk.sock disk.img &",
                        "  qemu-system-x86_64 -m 512 -object memory-backend-memfd,id=ram,size=512M,share=on \\",
                        "      -machine q35,memory-backend=ram -chardev socket,id=blk,path=/tmp/blk.sock \\",
                        "      -device vhost-user-blk-pci,chardev=blk,num-queues=1");
        spec.addPositional(positional("0", "KIND", "The kind of device: blk.")
                .completionCandidates(java.util.List.of(DeviceKind.BLK.word()))
                .build());
        spec.addPositional(positional("1", "IMAGE", "The raw disk image or block device.")
                .type(java.io.File.class)
                .build());
        spec.addOption(option("The socket to listen on; removed once the front-end has connected.", "FILE", SOCKET)
                .required(true)
                .build());
        spec.addOption(OptionSpec.builder(READ_ONLY)
                .description("The front-end can only read. Otherwise the image is locked for it alone.")
                .build());
        spec.addOption(option("The disk's serial number, 20 bytes at most. Default: disk0.", "ID", ID)
                .build());
        spec.addOption(option("A folder with seccomp policies that replace the built-in ones.", "FOLDER", POLICIES)
                .build());
    }

    private static PositionalParamSpec.Builder positional(String index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .arity("1")
                .required(true)
                .paramLabel(label)
                .type(String.class)
                .description(description);
    }

    private static OptionSpec.Builder option(String description, String label, String name) {
        return OptionSpec.builder(name).paramLabel(label).type(String.class).description(description);
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String kind = arguments.matchedPositionalValue(0, "");
        if (!kind.equals(DeviceKind.BLK.word())) {
            throw new picocli.CommandLine.ParameterException(
                    arguments.commandSpec().commandLine(), "no device of kind '" + kind + "' runs alone; blk does");
        }
        String folder = arguments.matchedOptionValue(POLICIES, "");
        java.io.File image = arguments.matchedPositionalValue(1, new java.io.File(""));
        DiskSpec disk = new DiskSpec(
                arguments.matchedOptionValue(ID, "disk0"),
                image.toPath().toAbsolutePath(),
                null,
                arguments.hasMatchedOption(READ_ONLY),
                false);
        try (StandaloneDevice device = StandaloneDevice.listen(
                disk,
                Path.of(arguments.matchedOptionValue(SOCKET, "")).toAbsolutePath(),
                folder.isEmpty() ? null : Path.of(folder).toAbsolutePath())) {
            // A signal while nobody has connected yet: the socket goes with us. At any other end there is nothing left
            // to close.
            boolean ending = !EndingSignals.atEnd(new Thread(device::close, "close-on-signal"));
            String failure = ending ? "was ended by a signal" : device.serve();
            if (failure != null) {
                throw new FailedException(failure);
            }
            return ExitStatus.OK;
        }
    }
}
