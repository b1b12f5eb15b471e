package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.bind.KernelCommandLine;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.VmSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Unwise kernel parameters. */
final class ParamLint {
    private static final Set<String> OFF = Set.of("acpi=off", "pci=off", "noapic", "nolapic", "noacpi");
    private static final Set<String> UNSAFE =
            Set.of("mitigations=off", "nopti", "pti=off", "nospectre_v2", "nosmap", "nosmep", "spectre_v2=off");
    private static final Set<String> SECRETS = Set.of("password", "passwd", "secret", "token", "apikey", "api_key");
    /** Parameters that may stand several times, each adding to the ones before. */
    private static final Set<String> REPEATABLE =
            Set.of("console", "earlycon", "module_blacklist", "ip", "dyndbg", "rd.luks.uuid", "blacklist");

    private final Draft draft;
    private final VmSpec spec;
    private final Map<String, String> seen = new HashMap<>();

    private ParamLint(Draft draft) {
        this.draft = draft;
        this.spec = draft.spec();
    }

    static void lint(Draft draft) {
        ParamLint lint = new ParamLint(draft);
        List<String> params = draft.spec().kernel().params();
        for (int i = 0; i < params.size(); i++) {
            for (String word : KernelCommandLine.words(params.get(i))) {
                if (word.equals("--")) {
                    return; // the rest is handed to init
                }
                lint.word(word, "kernel.params[" + i + "]");
            }
        }
    }

    private void word(String word, String path) {
        int equals = word.indexOf('=');
        String key = equals < 0 ? word : word.substring(0, equals);
        String value = equals < 0 ? "" : word.substring(equals + 1);
        collision(key, value, path);
        if (OFF.contains(word)) {
            draft.problem(LintRule.ACPI_OFF, path, word + " hides the devices from the guest", "leave it out");
        }
        if (key.equals("mem")) {
            draft.problem(LintRule.MEM_PARAM, path, word + " limits the guest beside memory", "change memory instead");
        }
        boolean one = word.equals("nosmp")
                || word.equals("maxcpus=0")
                || word.equals("maxcpus=1")
                || word.equals("nr_cpus=1");
        if (one && spec.cpus() > 1 && draft.sound("cpus")) {
            draft.problem(
                    LintRule.CPUS_LIMITED,
                    path,
                    word + " leaves " + (spec.cpus() - 1) + " of " + spec.cpus() + " vCPUs unused");
        }
        if (UNSAFE.contains(word)) {
            draft.problem(LintRule.MITIGATIONS_OFF, path, word + " turns off a protection of the guest kernel");
        }
        secret(key, value, path);
        if (word.equals("rw") && spec.disks().stream().anyMatch(d -> d.root() && d.readOnly())) {
            draft.problem(
                    LintRule.ROOT_READ_ONLY,
                    path,
                    "the root disk is read-only",
                    "set readOnly: false, or leave rw out");
        }
        duplicate(word, key, path);
    }

    private void collision(String key, String value, String path) {
        boolean reboot = key.equals("reboot") && !value.equals("k");
        boolean panic = key.equals("panic") && !value.equals("1");
        boolean console = key.equals("console")
                && !(value.startsWith("ttyS0")
                        || value.startsWith("hvc0") && spec.console().hvc0().to() != PortTarget.NONE);
        if (reboot || panic || console) {
            String ours = reboot ? "reboot=k" : panic ? "panic=1" : "console=ttyS0";
            draft.problem(
                    LintRule.PARAM_COLLISION,
                    path,
                    key + "=" + value + " overrules " + ours + ", which crosvm adds",
                    "leave it out unless you mean it");
        }
    }

    private void secret(String key, String value, String path) {
        String lower = key.toLowerCase(Locale.ROOT);
        if (!value.isEmpty() && SECRETS.stream().anyMatch(lower::endsWith)) {
            draft.problem(
                    LintRule.SECRET_IN_PARAMS,
                    path,
                    key + "= looks like a secret",
                    "hand it to the guest by vsock or a disk instead");
        }
    }

    private void duplicate(String word, String key, String path) {
        String before = seen.putIfAbsent(REPEATABLE.contains(key) ? word : key, path);
        if (before != null && !key.equals("root")) {
            draft.problem(LintRule.DUPLICATE_PARAM, path, "\"" + key + "\" is given already at " + draft.place(before));
        }
    }

    /** Whether the kernel is told of a root file system, or brings one along. */
    static boolean hasRoot(VmSpec spec) {
        return spec.kernel().initrd() != null
                || spec.disks().stream().anyMatch(DiskSpec::root)
                || spec.kernel().params().stream()
                        .flatMap(p -> KernelCommandLine.words(p).stream())
                        .anyMatch(w -> w.startsWith("root=") || w.startsWith("rdinit="));
    }
}
