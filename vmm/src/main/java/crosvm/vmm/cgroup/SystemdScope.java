package crosvm.vmm.cgroup;

import crosvm.schema.model.IoLimit;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks systemd for a scope round this process (org.freedesktop.systemd1(5), StartTransientUnit), as systemd-run --scope does for
 * the program that it starts. systemd sets the limits, keeps them over its own reloads, and removes the scope with its last process.
 */
final class SystemdScope {
    private static final int PATIENCE_SECONDS = 30;
    private static final long MICROSECONDS = 1_000_000;
    private static final String SERVICE = "org.freedesktop.systemd1";
    private static final String OBJECT = "/org/freedesktop/systemd1";
    private static final String MANAGER = "org.freedesktop.systemd1.Manager";
    private static final int OOM_POLICY_SINCE = 253;
    private static final Pattern FIRST_NUMBER = Pattern.compile("\\d{1,9}");

    private SystemdScope() {}

    /**
     * Moves this process into a new scope.
     *
     * @param isUsers whether the user's systemd is asked, and not the system's
     * @throws VmmException with what systemd said
     */
    static void enter(Path busctl, boolean isUsers, String machine, String unit, CgroupSettings settings) {
        boolean endsWhole =
                settings.limits().memory() != null && knowsOomPolicy(run(versionQuery(busctl, isUsers), unit));
        long pid = OwnProcess.pid();
        run(command(busctl, isUsers, machine, unit, settings, endsWhole, pid), unit);
    }

    /** What systemd answered, as busctl prints it. */
    private static String run(List<String> command, String unit) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new VmmException("limits: systemd has not answered within " + PATIENCE_SECONDS + " s");
            }
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) {
                throw new VmmException("limits: systemd did not make the scope " + unit + ": " + said);
            }
            return said;
        } catch (IOException e) {
            throw new VmmException("limits: " + command.get(0) + ": " + FailureReason.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmmException("limits: interrupted", e);
        }
    }

    private static List<String> versionQuery(Path busctl, boolean isUsers) {
        return List.of(
                busctl.toString(),
                isUsers ? "--user" : "--system",
                "get-property",
                SERVICE,
                OBJECT,
                MANAGER,
                "Version");
    }

    /**
     * Whether a scope takes OOMPolicy (systemd.scope(5), version 253). With it systemd keeps memory.oom.group over its own reloads; without,
     * a reload takes back what we have written there, and the kernel then ends only one process of a machine that is out of memory.
     *
     * @param answer to a query of the version, as {@code s "252.39-1~deb12u2"}
     */
    static boolean knowsOomPolicy(String answer) {
        Matcher number = FIRST_NUMBER.matcher(answer);
        return number.find() && Integer.parseInt(number.group()) >= OOM_POLICY_SINCE;
    }

    /** @param endsWhole whether systemd is told to end the scope with the first of its processes that runs out of memory */
    static List<String> command(
            Path busctl,
            boolean isUsers,
            String machine,
            String unit,
            CgroupSettings settings,
            boolean endsWhole,
            long pid) {
        Properties properties = new Properties();
        properties.add("Description", "s", "Virtual machine " + machine);
        properties.add("PIDs", "au", "1", Long.toString(pid));
        properties.add("Delegate", "b", "true");
        properties.add("CollectMode", "s", "inactive-or-failed");
        LimitsSpec limits = settings.limits();
        if (limits.cpu() != null) {
            properties.add("CPUQuotaPerSecUSec", "t", Long.toString(limits.cpu().of(MICROSECONDS)));
        }
        if (limits.memory() != null) {
            properties.add("MemoryMax", "t", Long.toString(limits.memory().bytes()));
            properties.add("MemorySwapMax", "t", "0");
        }
        if (endsWhole) {
            properties.add("OOMPolicy", "s", "kill");
        }
        if (limits.pids() != null) {
            properties.add("TasksMax", "t", Integer.toString(limits.pids()));
        }
        IoLimit io = limits.io();
        if (io != null) {
            properties.add("MemoryAccounting", "b", "true"); // See Controller.neededBy.
            properties.addIo("IOReadBandwidthMax", bytes(io.read()), settings.devices());
            properties.addIo("IOWriteBandwidthMax", bytes(io.write()), settings.devices());
            properties.addIo("IOReadIOPSMax", count(io.readIops()), settings.devices());
            properties.addIo("IOWriteIOPSMax", count(io.writeIops()), settings.devices());
        }
        List<String> command = new ArrayList<>(List.of(
                busctl.toString(),
                isUsers ? "--user" : "--system",
                "call",
                SERVICE,
                OBJECT,
                MANAGER,
                "StartTransientUnit",
                "ssa(sv)a(sa(sv))",
                unit,
                "fail",
                Integer.toString(properties.count)));
        command.addAll(properties.words);
        command.add("0");
        return command;
    }

    private static @Nullable String bytes(@Nullable MemorySize size) {
        return size == null ? null : Long.toString(size.bytes());
    }

    private static @Nullable String count(@Nullable Integer count) {
        return count == null ? null : count.toString();
    }

    /** An array of names and variants as busctl(1) takes it. */
    private static final class Properties {
        private final List<String> words = new ArrayList<>();
        private int count;

        void add(String name, String signature, String... value) {
            words.add(name);
            words.add(signature);
            words.addAll(List.of(value));
            count++;
        }

        void addIo(String name, @Nullable String value, List<String> devices) {
            if (value != null) {
                List<String> each = new ArrayList<>(List.of(Integer.toString(devices.size())));
                devices.forEach(device -> each.addAll(List.of("/dev/block/" + device, value)));
                add(name, "a(st)", each.toArray(new String[0]));
            }
        }
    }
}
