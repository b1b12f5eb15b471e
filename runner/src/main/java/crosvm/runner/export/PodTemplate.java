package crosvm.runner.export;

import static crosvm.runner.export.KubernetesText.argument;
import static crosvm.runner.export.KubernetesText.quoted;
import static crosvm.runner.export.KubernetesText.shell;

import crosvm.schema.model.Dependency;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.PortForward;
import crosvm.schema.model.VmSpec;
import java.util.List;

/** The spec of a Pod that runs one machine. Used by one thread. */
final class PodTemplate {
    private static final int DEPTH = 3;
    private static final int CPU_PER_VCPU = 100;
    private static final int PROBE_SECONDS = 10;
    private static final int STARTUP_SECONDS = 300;

    private final ExportedMachine machine;
    private final VmSpec spec;
    private final PodSpec pod;
    private final String revision;
    private final List<String> variables;
    private final boolean secretFiles;

    /** @param revision a label's value that Pods of the same spec and image have, and no others */
    PodTemplate(ExportedMachine machine, PodSpec pod, String revision) {
        this.machine = machine;
        this.spec = machine.spec();
        this.pod = pod;
        this.revision = revision;
        this.variables = SpecSecrets.variables(spec);
        this.secretFiles = !SpecSecrets.files(spec).isEmpty();
    }

    /** Writes what stands below {@code template.spec}. */
    void addTo(KubernetesText text) {
        text.add(DEPTH, """
                automountServiceAccountToken: false
                enableServiceLinks: false
                # The guest has 80 s to shut down, see preStop.
                terminationGracePeriodSeconds: 90
                affinity:
                  podAntiAffinity:
                    preferredDuringSchedulingIgnoredDuringExecution:
                      - weight: 100
                        podAffinityTerm:
                          topologyKey: kubernetes.io/hostname
                          labelSelector:
                            # Not the Pods that a changed spec replaces: they would keep the new ones off their nodes.
                            matchLabels: {app.kubernetes.io/name: %s, crosvm/revision: %s}
                """.formatted(spec.name(), quoted(revision)));
        if (!needs().isEmpty() || pod.keeps()) {
            text.add(DEPTH, "initContainers:");
        }
        if (!needs().isEmpty()) {
            waits(text);
        }
        if (pod.keeps()) {
            copies(text);
        }
        text.add(
                DEPTH,
                "containers:\n  - name: machine\n    image: "
                        + quoted(machine.options().image()));
        text.add(DEPTH + 2, "args: [up, /specs/vm.yaml]");
        environment(text);
        ports(text);
        resources(text);
        security(text);
        probes(text);
        mounts(text);
        volumes(text);
    }

    private void initContainer(KubernetesText text, String name, String script) {
        text.add(DEPTH + 1, """
                - name: %s
                  image: %s
                  command: [sh, -c, %s]
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    runAsUser: 0
                    capabilities: {drop: [ALL]}
                """.formatted(name, quoted(machine.options().image()), argument(script)));
    }

    /** The Services that name the machines that this one depends on, once those are as far as they must be. */
    private List<String> needs() {
        FleetPlace place = machine.place();
        return place == null
                ? List.of()
                : place.needs().entrySet().stream()
                        .map(need -> KubernetesObjects.awaited(need.getKey(), need.getValue() == Dependency.READY))
                        .toList();
    }

    private void waits(KubernetesText text) {
        text.add(DEPTH + 1, "# The name of a Service without an address of its own is known once its Pod is ready.");
        initContainer(
                text,
                "needs",
                "for name in " + String.join(" ", needs())
                        + "; do until getent hosts $name >/dev/null; do sleep 2; done; done");
    }

    /** A machine's own copy of each image that it writes, made once. */
    private void copies(KubernetesText text) {
        StringBuilder script = new StringBuilder("set -e");
        pod.folders().forEach(folder -> script.append("; mkdir -p ").append(shell(folder)));
        pod.copied()
                .forEach((file, copy) -> script.append("; [ -e ")
                        .append(shell(copy))
                        .append(" ] || { cp --sparse=always ")
                        .append(shell(PodSpec.FILES + "/" + file))
                        .append(' ')
                        .append(shell(copy + ".part"))
                        .append(" && mv ")
                        .append(shell(copy + ".part"))
                        .append(' ')
                        .append(shell(copy))
                        .append("; }"));
        initContainer(text, "disks", script.toString());
        text.add(DEPTH + 2, "volumeMounts:\n  - {name: disks, mountPath: /disks}");
        if (!pod.files().isEmpty()) {
            text.add(DEPTH + 2, "  - {name: files, mountPath: /files, readOnly: true}");
        }
    }

    private void environment(KubernetesText text) {
        text.add(DEPTH + 2, "env:");
        text.add(DEPTH + 3, "- {name: XDG_RUNTIME_DIR, value: " + PodSpec.RUN + "}");
        text.add(DEPTH + 3, "- {name: XDG_CACHE_HOME, value: " + PodSpec.CACHE + "}");
        text.add(DEPTH + 3, "- {name: TMPDIR, value: /tmp}");
        variables.forEach(name -> text.add(
                DEPTH + 3,
                "- name: " + name + "\n  valueFrom:\n    secretKeyRef: {name: " + spec.name() + "-secrets, key: " + name
                        + "}"));
    }

    private void ports(KubernetesText text) {
        StringBuilder ports = new StringBuilder();
        for (NetworkSpec network : spec.networks()) {
            for (PortForward forward : network.forward()) {
                ports.append("\n  - {name: tcp-%1$d, containerPort: %1$d}".formatted(forward.host()));
            }
        }
        if (!ports.isEmpty()) {
            text.add(DEPTH + 2, "ports:" + ports);
        }
    }

    private void resources(KubernetesText text) {
        String plugin = machine.options().devicePlugin();
        ExportedLimits limits = new ExportedLimits(machine);
        long wish = (long) CPU_PER_VCPU * spec.cpus();
        long most = limits.cpuThousandths();
        text.add(DEPTH + 2, """
                resources:
                  # %3$s.
                  requests: {cpu: %1$dm, memory: %2$dMi}
                  limits:
                    memory: %2$dMi
                """.formatted(
                        most == 0 ? wish : Math.min(wish, most),
                        limits.memoryMebibytes(),
                        MemoryNeed.explain(machine.graph())));
        if (most > 0) {
            text.add(DEPTH + 4, "cpu: " + most + "m");
        }
        if (plugin != null) {
            text.add(DEPTH + 3, """
                      # A device plugin on the node hands out /dev/kvm under this name and nothing else of the node; without
                      # one the Pod stays Pending ("Insufficient %1$s").
                      %2$s: 1
                    """.formatted(plugin, quoted(plugin)));
        }
    }

    private void security(KubernetesText text) {
        if (machine.options().devicePlugin() == null) {
            text.add(DEPTH + 2, """
                    securityContext:
                      # For /dev/kvm without a device plugin. It costs the wall between container and node: the container has all
                      # devices and capabilities, so a guest that gets out of crosvm and its jails is root on the node.
                      privileged: true
                      readOnlyRootFilesystem: true
                      runAsUser: 0
                    """);
            return;
        }
        text.add(DEPTH + 2, """
                securityContext:
                  allowPrivilegeEscalation: false
                  readOnlyRootFilesystem: true
                  # Opens /dev/kvm as its owner, whatever group the node has given it to.
                  runAsUser: 0
                  # Linux wants it from a root that makes a user namespace with a root of its own, as jails have.
                  capabilities: {drop: [ALL], add: [SETFCAP]}
                  # The jails of devices are user namespaces with mounts of their own, which the usual profiles forbid.
                  seccompProfile: {type: Unconfined}
                  appArmorProfile: {type: Unconfined}
                """);
    }

    private void probes(KubernetesText text) {
        String pattern = machine.options().pattern();
        if (pattern != null) {
            startup(
                    text,
                    "Started once the console has shown that the guest is: within 5 minutes",
                    STARTUP_SECONDS / PROBE_SECONDS,
                    "[sh, -c, " + argument("crosvm logs " + spec.name() + " | grep -qE -- " + shell(pattern)) + "]");
        } else if (spec.ready() != null) {
            startup(
                    text,
                    "Started once the guest is ready, as ready: in the spec says: within "
                            + spec.ready().within(),
                    (int) Math.max(1, (spec.ready().within().seconds() + PROBE_SECONDS - 1) / PROBE_SECONDS),
                    "[crosvm, status, --ready, " + quoted(spec.name()) + "]");
        }
        text.add(DEPTH + 2, """
                # %2$s.
                readinessProbe:
                  exec:
                    command: [crosvm, status, --ready, %1$s]
                  periodSeconds: 20
                  timeoutSeconds: 10
                lifecycle:
                  preStop:
                    exec:
                      command: [crosvm, down, --timeout, 80s, %1$s]
                """.formatted(
                        quoted(spec.name()),
                        spec.ready() != null
                                ? "Ready means that the guest is, as ready: in the spec says"
                                : pattern == null
                                        ? "Ready means that the machine runs"
                                        : "From then on: that the machine runs"));
    }

    private static void startup(KubernetesText text, String what, int periods, String command) {
        text.add(DEPTH + 2, """
                # %s, or it is started again.
                startupProbe:
                  exec:
                    command: %s
                  periodSeconds: %d
                  timeoutSeconds: 10
                  failureThreshold: %d
                """.formatted(what, command, PROBE_SECONDS, periods));
    }

    private void mounts(KubernetesText text) {
        text.add(DEPTH + 2, """
                volumeMounts:
                  - {name: spec, mountPath: /specs, readOnly: true}
                  - {name: run, mountPath: %s}
                  - {name: tmp, mountPath: /tmp}
                """.formatted(PodSpec.RUN));
        mount(text, !pod.files().isEmpty(), "files", PodSpec.FILES, true);
        mount(text, pod.keeps(), "disks", PodSpec.DISKS, false);
        mount(text, !spec.sources().isEmpty(), "cache", PodSpec.CACHE, false);
        mount(text, secretFiles, "secrets", PodSpec.SECRETS, true);
    }

    private static void mount(KubernetesText text, boolean wanted, String name, String path, boolean readOnly) {
        if (wanted) {
            text.add(DEPTH + 2, "  - {name: " + name + ", mountPath: " + path + (readOnly ? ", readOnly: true}" : "}"));
        }
    }

    private void volumes(KubernetesText text) {
        text.add(DEPTH, """
                volumes:
                  - name: spec
                    configMap: {name: %1$s-spec}
                  - name: run
                    emptyDir: {medium: Memory, sizeLimit: 16Mi}
                  - name: tmp
                    emptyDir: {}
                """.formatted(spec.name()));
        if (!pod.files().isEmpty()) {
            text.add(DEPTH, """
                      - name: files
                        persistentVolumeClaim: {claimName: %s-files, readOnly: true}
                    """.formatted(spec.name()));
        }
        if (!spec.sources().isEmpty()) {
            text.add(DEPTH, """
                      - name: cache # what the spec downloads
                        emptyDir: {}
                    """);
        }
        if (secretFiles) {
            text.add(DEPTH, """
                      - name: secrets
                        secret: {secretName: %s-secrets, defaultMode: 256} # 0400
                    """.formatted(spec.name()));
        }
    }
}
