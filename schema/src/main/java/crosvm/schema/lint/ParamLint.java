package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.bind.KernelCommandLine;
import crosvm.schema.model.ConsoleSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.VmSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Unwise kernel parameters. */
final class ParamLint {
    private static final Set<String> OFF = Set.of("acpi=off", "pci=off", "noapic", "nolapic", "noacpi");
    private static final Set<String> UNSAFE =
            Set.of("mitigations=off", "nopti", "pti=off", "nospectre_v2", "nosmap", "nosmep", "spectre_v2=off");

    private static final String CONSOLE = "console=";

    private final Draft draft;
    private final VmSpec spec;
    private final String lastConsole;
    private final Map<String, String> seen = new HashMap<>();

    private ParamLint(Draft draft) {
        this.draft = draft;
        this.spec = draft.spec();
        this.lastConsole = lastConsole();
    }

    static void lint(Draft draft) {
        ParamLint lint = new ParamLint(draft);
        List<String> params = draft.spec().kernel().params();
        for (int i = 0; i < params.size(); i++) {
            for (String word : KernelCommandLine.words(params.get(i))) {
                if (word.equals("--")) {
                    return; // the rest is handed to init
                }
                if (word.startsWith("#")) {
                    draft.problem(
                            LintRule.PARAM_COMMENT,
                            "kernel.params[" + i + "]",
                            "\"" + word + "\" is not a comment here: it is part of the text, and reaches the kernel",
                            "write comments outside the text, behind a value on a line of its own");
                    break; // the words behind it are part of the comment
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
        cpus(word, key, value, path);
        if (UNSAFE.contains(word)) {
            draft.problem(LintRule.MITIGATIONS_OFF, path, word + " turns off a protection of the guest kernel");
        }
        String secret = SecretLint.reason(key, value);
        if (!secret.isEmpty()) {
            draft.problem(LintRule.SECRET_IN_PARAMS, path, secret, "hand it to the guest by vsock or a disk instead");
        }
        duplicate(word, key, path);
    }

    private void collision(String key, String value, String path) {
        boolean reboot = key.equals("reboot") && !value.equals("k");
        boolean panic = key.equals("panic") && !value.equals("1");
        boolean console = key.equals("console") && value.equals(lastConsole) && !leadsOut(value);
        if (reboot || panic || console) {
            String ours = reboot ? "reboot=k" : panic ? "panic=1" : "console=ttyS0";
            draft.problem(
                    LintRule.PARAM_COLLISION,
                    path,
                    key + "=" + value + " overrules " + ours + ", which crosvm adds",
                    "leave it out unless you mean it");
        }
    }

    /** The kernel's /dev/console is the last one that is named. */
    private String lastConsole() {
        String last = "";
        for (String param : spec.kernel().params()) {
            for (String word : KernelCommandLine.words(param)) {
                last = word.startsWith(CONSOLE) ? word.substring(CONSOLE.length()) : last;
            }
        }
        return last;
    }

    /** Whether what the guest writes on this console can be read by anybody. */
    private boolean leadsOut(String console) {
        ConsoleSpec ports = spec.console();
        int comma = console.indexOf(',');
        String device = comma < 0 ? console : console.substring(0, comma);
        return switch (device) {
            case "ttyS0" -> true;
            case "ttyS1" -> ports.com2().to() != PortTarget.NONE;
            case "ttyS2" -> ports.com3().to() != PortTarget.NONE;
            case "ttyS3" -> ports.com4().to() != PortTarget.NONE;
            case "hvc0" -> ports.hvc0().to() != PortTarget.NONE;
            default -> false;
        };
    }

    private void cpus(String word, String key, String value, String path) {
        boolean limit = List.of("maxcpus", "nr_cpus", "possible_cpus").contains(key) && value.matches("[0-9]{1,4}");
        int used = word.equals("nosmp") ? 1 : limit ? Math.max(1, Integer.parseInt(value)) : spec.cpus();
        if (used < spec.cpus() && draft.sound("cpus")) {
            draft.problem(
                    LintRule.CPUS_LIMITED,
                    path,
                    word + " leaves " + (spec.cpus() - used) + " of " + spec.cpus() + " vCPUs unused");
        }
    }

    private void duplicate(String word, String key, String path) {
        String before = seen.putIfAbsent(RepeatableParams.contains(key) ? word : key, path);
        if (before != null && !key.equals("root")) {
            draft.problem(LintRule.DUPLICATE_PARAM, path, "\"" + key + "\" is given already at " + draft.place(before));
        }
    }
}
