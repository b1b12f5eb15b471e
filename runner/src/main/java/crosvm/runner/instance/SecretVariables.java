package crosvm.runner.instance;

import crosvm.schema.model.CredentialSpec;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.linux.OwnEnvironment;
import java.util.LinkedHashMap;
import java.util.Map;

/** The environment variables whose values are credentials of a machine. Stateless; any thread. */
public final class SecretVariables {
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
        return secrets;
    }

    /**
     * Makes {@code /proc/PID/environ} of this process forget them, for as long as a machine may live. This program has read its
     * environment before and goes on with its copy. Where the kernel does not allow it, they stay where the user has put them.
     */
    public static void hide(VmSpec spec, Map<String, String> environment) {
        OwnEnvironment.erase(of(spec, environment).keySet());
    }
}
