package crosvm.runner.instance;

import crosvm.schema.model.CredentialSpec;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.linux.OwnEnvironment;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The environment variables whose values the guest alone is to know: its credentials, and what was filled into its seed for cloud-init.
 * Stateless; any thread.
 */
public final class SecretVariables {
    private static final Set<String> OF_EVERY_PROGRAM =
            Set.of("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "PWD", "TMPDIR", "XDG_RUNTIME_DIR");

    private SecretVariables() {}

    /** Those of them that are set, with their values. */
    static Map<String, String> of(VmSpec spec, Map<String, String> environment) {
        Map<String, String> secrets = new LinkedHashMap<>();
        for (CredentialSpec credential : spec.guest().credentials().values()) {
            String name = credential.env();
            String value = name == null ? null : environment.get(name);
            if (name != null && value != null) {
                secrets.put(name, value);
            }
        }
        secrets.putAll(spec.guest().variables());
        return secrets;
    }

    /** The names of those that programs need not see; what every program looks for is no secret. */
    static Set<String> hidden(VmSpec spec, Map<String, String> environment) {
        Set<String> names = new LinkedHashSet<>(of(spec, environment).keySet());
        names.removeAll(OF_EVERY_PROGRAM);
        return names;
    }

    /**
     * Makes {@code /proc/PID/environ} of this process forget them, for as long as a machine may live. This program has read its
     * environment before and goes on with its copy. Where the kernel does not allow it, they stay where the user has put them.
     */
    public static void hide(VmSpec spec, Map<String, String> environment) {
        OwnEnvironment.erase(hidden(spec, environment));
    }
}
