package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.runner.ssh.GuestProgram;
import crosvm.runner.ssh.UnreachableException;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.lint.EffectiveYaml;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.VmSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code crosvm run KERNEL}: a machine from flags alone, those of the 2018 crosvm with their meaning. Each changes a field of
 * the spec, and from there the way is that of {@code up}.
 */
final class RunCommand implements Command {
    private static final String PRINT_SPEC = "--print-spec";
    static final String SPEC_NAME = "crosvm run";
    private static final String NO_WAYLAND = "--no-wl";

    private final SpecFlags flags = new SpecFlags();
    /** Where fields follow the path of a disk, or it begins with one: a file of such a name is ./a=b.img. */
    private static final Pattern FIELD = Pattern.compile("(^|,)[A-Za-z]+=");

    static final String RM = "--rm";
    private static final String TERMINAL = "-t";
    private static final Duration SHUT_DOWN = Duration.ofSeconds(30);

    private int disks;
    private boolean throwAway;
    private int status;
    private boolean waylandAsked;

    @Override
    public String name() {
        return "run";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Boot a kernel in a machine described by flags: those of the 2018 crosvm, and one for every"
                                + " field of the spec.",
                        "",
                        "With --rm: boot a spec or the image of a root disk, run a command in its guest as crosvm exec does, hand back the"
                                + " command's output and exit status, and leave nothing: the machine ends with the command, what it wrote to its disks is"
                                + " discarded (but for overlays that the spec names), and any number can run at the same time. The image boots"
                                + " what its own boot loader would, unless --kernel says otherwise. The exit status is 125 when the command has"
                                + " not run.")
                .footer(
                        "",
                        "Examples:",
                        "  crosvm run -m 512 -c 2 -r root.squashfs --rwdisk data.img -p quiet vmlinux",
                        "  crosvm run -r root.squashfs vmlinux --print-spec >vm.yaml    then: crosvm up",
                        "  crosvm run --rm ci.yaml -- make test",
                        "  crosvm run --rm -m 1GiB debian.img -- uname -a");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel("KERNEL")
                .type(java.io.File.class)
                .description(
                        "The kernel: an ELF64 vmlinux or a bzImage. With --rm: a spec, its folder, or a raw image.")
                .build());
        MachineArgument.addGuestWords(
                spec, "0..*", "With --rm, behind --: the program in the guest, and its arguments.");
        spec.addOption(OptionSpec.builder(RM)
                .description("Run a command in the guest, and leave nothing of the machine.")
                .build());
        spec.addOption(OptionSpec.builder(TERMINAL, "--tty")
                .description("With --rm: give the command a terminal.")
                .build());
        GuestLogin.addUser(spec);
        TimeOption.addTo(
                spec,
                GuestLogin.TIMEOUT,
                "2m",
                "With --rm: how long the guest may take until it accepts an ssh session.");
        SpecOverrides.Builder change = flags.builder();
        option(spec, "FILE", "The root disk, read-only.", path -> disk(path, true, true), "-r", "--root");
        option(spec, "FILE", "The root disk, writable.", path -> disk(path, true, false), "--rwroot");
        option(
                spec,
                "FILE",
                "A disk, read-only. (-d is up's --detach elsewhere; here it is that of 2018.)",
                path -> disk(path, false, true),
                "-d",
                "--disk");
        option(spec, "FILE", "A disk, writable.", path -> disk(path, false, false), "--rwdisk");
        option(spec, "SIZE", "The same as --memory.", size -> change.flag("--memory", size), "--mem");
        option(spec, "FILE", "The initial ram disk.", file -> change.flag("--initrd", file), "-i", "--initrd");
        option(
                spec,
                "ADDRESS",
                "The host's address on a new tap.",
                ip -> network("hostIp", ip, "--host_ip"),
                "--host_ip");
        option(spec, "ADDRESS", "The netmask of that tap.", mask -> network("netmask", mask, "--netmask"), "--netmask");
        option(spec, "MAC", "The guest's address on it.", mac -> network("mac", mac, "--mac"), "--mac");
        option(spec, "FILE", "The Wayland compositor's socket.", this::wayland, "--wayland-sock");
        spec.addOption(OptionSpec.builder(NO_WAYLAND)
                .description("No Wayland device, even if $XDG_RUNTIME_DIR/wayland-0 exists.")
                .build());
        spec.addOption(OptionSpec.builder(PRINT_SPEC)
                .description("Print the spec that these flags amount to, and boot nothing.")
                .build());
    }

    @Override
    public SpecFlags flags() {
        return flags;
    }

    private static void option(
            CommandSpec spec, String label, String description, Consumer<String> meaning, String... names) {
        spec.addOption(OptionSpec.builder(names)
                .paramLabel(label)
                .type(String.class)
                .setter(SpecFlags.collect(meaning))
                .description(description)
                .build());
    }

    private void disk(String path, boolean root, boolean readOnly) {
        String flag = root ? "--root" : readOnly ? "--disk" : "--rwdisk";
        String item = "disks." + disks++;
        flags.builder().set(item + ".readOnly", String.valueOf(readOnly), flag);
        flags.builder().set(item + ".root", String.valueOf(root), flag);
        // As the same flag of the other commands has it: data.img,id=data, or path=data.img,id=data.
        String[] parts = FIELD.matcher(path).find() ? path.split(",", -1) : new String[] {path};
        for (int i = 0; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            boolean isPath = i == 0 && !FIELD.matcher(parts[i]).lookingAt();
            String field = isPath || equals < 0 ? "path" : parts[i].substring(0, equals);
            if (!isPath && equals < 0) {
                throw new FailedException(flag + " " + path + ": \"" + parts[i] + "\" is not FIELD=VALUE");
            }
            flags.builder().set(item + "." + field, isPath ? parts[i] : parts[i].substring(equals + 1), flag);
        }
    }

    private void network(String field, String value, String flag) {
        flags.builder().set("networks.0." + field, value, flag);
    }

    private void wayland(String socket) {
        waylandAsked = true;
        flags.builder().set("wayland.socket", socket, "--wayland-sock");
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        throwAway = arguments.hasMatchedOption(RM);
        List<String> program = MachineArgument.words(arguments);
        program = program.subList(1, program.size());
        if (throwAway == program.isEmpty()) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    throwAway
                            ? RM + " needs a command behind --, such as: -- uname -a"
                            : "a command in the guest needs " + RM + "; words for the kernel go to -p");
        }
        NeededOption.check(arguments, RM, List.of(TERMINAL, GuestLogin.TIMEOUT, GuestLogin.USER));
        VmSpec spec = (throwAway ? loadThrowAway(arguments, streams) : load(arguments, streams)).orThrow();
        if (arguments.hasMatchedOption(PRINT_SPEC)) {
            streams.out().print(EffectiveYaml.of(spec));
            return ExitStatus.OK;
        }
        List<String> words = Stream.concat(Stream.of(name()), arguments.originalArgs().stream())
                .toList();
        return throwAway
                ? runThrowAway(spec, program, arguments, words, streams)
                : MachineOnTerminal.boot(spec, null, words, streams);
    }

    private ExitStatus runThrowAway(
            VmSpec spec, List<String> program, ParseResult arguments, List<String> words, Streams streams) {
        boolean keepsSomething = spec.disks().stream()
                .anyMatch(disk -> disk.writes() != null && disk.writes().kind() == DiskWrites.Kind.FILE);
        try {
            status = new ThrowAwayRun(spec, streams)
                    .run(
                            new GuestProgram(program, GuestLogin.user(arguments), arguments.hasMatchedOption(TERMINAL)),
                            TimeOption.of(arguments, GuestLogin.TIMEOUT),
                            keepsSomething ? SHUT_DOWN : null,
                            words);
            return status == 0 ? ExitStatus.OK : ExitStatus.FAILED;
        } catch (UnreachableException e) {
            return ExitStatus.NOT_RUN; // It has been told.
        }
    }

    @Override
    public ExitStatus whenItFails() {
        return throwAway ? ExitStatus.NOT_RUN : ExitStatus.FAILED;
    }

    @Override
    public int code(ExitStatus ended) {
        return status != 0 ? status : ended.code();
    }

    private LoadResult loadThrowAway(ParseResult arguments, Streams streams) {
        String word = arguments.matchedPositional(0).originalStringValues().get(0);
        return new ThrowAwaySpec(flags, disks).load(word, streams);
    }

    private LoadResult load(ParseResult arguments, Streams streams) {
        flags.builder()
                .set(
                        "kernel.image",
                        arguments.matchedPositional(0).originalStringValues().get(0),
                        "KERNEL");
        boolean unwanted = arguments.hasMatchedOption(NO_WAYLAND);
        if (unwanted) {
            flags.builder().unset("wayland", NO_WAYLAND);
        } else if (!waylandAsked && hasCompositor(streams)) {
            flags.builder().set("wayland.socket", "auto", "$XDG_RUNTIME_DIR/wayland-0");
        }
        SpecLoader loader = SpecLoader.withEnvironment(streams.environment());
        LoadResult result = loader.build(SPEC_NAME, flags.overrides());
        VmSpec spec = result.spec();
        if (spec == null || flags.isNamed()) {
            return result;
        }
        String free = freeName(spec.name(), StateFolders.of(streams.environment()));
        if (!free.equals(spec.name())) {
            flags.builder().flag("--name", free);
            return loader.build(SPEC_NAME, flags.overrides());
        }
        return result;
    }

    /** Who gives no name cares for none, and may run several: vm, vm-2, vm-3. */
    private static String freeName(String wanted, StateFolders folders) {
        String name = wanted;
        for (int i = 2; isTaken(name, folders); i++) {
            name = wanted + "-" + i;
        }
        return name;
    }

    private static boolean isTaken(String name, StateFolders folders) {
        InstanceState there = folders.of(name).read();
        return there != null && there.phaseNow().isAlive();
    }

    /** As the 2018 crosvm: a compositor that is there is offered to the guest. */
    private static boolean hasCompositor(Streams streams) {
        String folder = streams.environment().getOrDefault("XDG_RUNTIME_DIR", "");
        Path socket = Path.of(folder, "wayland-0");
        return !folder.isEmpty() && Files.exists(socket) && !Files.isRegularFile(socket) && !Files.isDirectory(socket);
    }
}
