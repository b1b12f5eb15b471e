package crosvm.runner.instance;

import crosvm.runner.bootentry.LocalSpec;
import crosvm.runner.image.ImageCache;
import crosvm.runner.report.FailedException;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.FailureReason;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.machine.BootCheck;
import crosvm.vmm.module.kind.DeviceModules;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds out whether a machine could be started now, before one that runs makes way for it. Starts nothing, holds nothing. */
public final class StartCheck {
    private static final Pattern VARIABLE = Pattern.compile("[$][{]([A-Za-z_][A-Za-z0-9_]*)[}]");

    private StartCheck() {}

    /**
     * Checks all that a start would: the kernel is loaded, files, disks, sockets and ports are tried. What the running machine of
     * that name has counts as free.
     *
     * @param environment says where its images are
     * @throws FailedException with everything that is in the way
     * @throws crosvm.vmm.VmmException when kernel or initrd are refused
     */
    public static void require(VmSpec spec, StateFolder folder, Map<String, String> environment) {
        ImageCache cache = ImageCache.of(environment);
        DeviceGraph wanted = DeviceModules.plan(new LocalSpec(environment, told -> {}).of(spec));
        InstanceState state = folder.read();
        DeviceGraph running = state != null && state.phaseNow().isAlive() ? running(folder, state, cache) : null;
        List<Finding> problems = SpecDoctor.look(wanted, running).stream()
                .filter(finding -> finding.level() == Finding.Level.PROBLEM)
                .toList();
        if (!problems.isEmpty()) {
            StringBuilder text = new StringBuilder(spec.name() + ": cannot be started:");
            for (Finding problem : problems) {
                text.append("\n  ").append(problem.subject()).append(": ").append(problem.found());
            }
            throw new FailedException(text.toString());
        }
        BootCheck.require(wanted);
    }

    /** Null for one on a terminal, which leaves no spec. */
    private static @Nullable DeviceGraph running(StateFolder folder, InstanceState state, ImageCache cache) {
        try {
            return Files.exists(folder.specFile())
                    ? DeviceModules.plan(cache.name(SpecLoader.withEnvironment(empty(folder))
                            .ofMember()
                            .load(
                                    "vm.yaml",
                                    Files.readAllBytes(folder.specFile()),
                                    state.launch().folder(),
                                    SpecOverrides.none())
                            .orThrow()))
                    : null;
        } catch (IOException e) {
            throw new FailedException(folder.specFile() + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    /** Variables of what the guest is told, whose values nobody has written down, and which no device depends on. */
    private static Map<String, String> empty(StateFolder folder) throws IOException {
        Map<String, String> variables = new HashMap<>();
        VARIABLE.matcher(Files.readString(folder.specFile()))
                .results()
                .forEach(found -> variables.put(found.group(1), ""));
        return variables;
    }
}
