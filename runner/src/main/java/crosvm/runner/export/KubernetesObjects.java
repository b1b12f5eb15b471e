package crosvm.runner.export;

import static crosvm.runner.export.KubernetesText.quoted;

import crosvm.schema.lint.LintTarget;
import crosvm.schema.lint.SpecHash;
import crosvm.schema.lint.TargetRule;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.PortForward;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import crosvm.schema.problem.SpecException;
import java.util.List;

/**
 * Objects of the Kubernetes API: a ConfigMap with the spec, a Deployment or, for a machine that keeps what it writes, a
 * StatefulSet with a claim, and Services for what it forwards.
 */
final class KubernetesObjects implements ExportTarget {
    /** A label has at most 63 characters. */
    private static final int LABEL_DIGITS = 16;

    KubernetesObjects() {}

    @Override
    public String word() {
        return "kubernetes";
    }

    @Override
    public boolean takesSeveral() {
        return true;
    }

    @Override
    public String describe(ExportedMachine machine) {
        refuse(machine);
        PodSpec pod = new PodSpec(machine);
        KubernetesText text = new KubernetesText();
        text.add(0, head(machine, pod));
        configMap(machine, pod, text.object());
        services(machine, pod, text);
        workload(machine, pod, text.object());
        return text.toString();
    }

    private static void refuse(ExportedMachine machine) {
        LintTarget.KUBERNETES.lint(machine.draft());
        List<Problem> errors = machine.draft().problems().stream()
                .filter(problem -> problem.rule() instanceof TargetRule)
                .filter(problem -> problem.severity() == Severity.ERROR
                        || problem.rule() == TargetRule.KUBERNETES_VSOCK
                                && machine.options().devicePlugin() != null)
                .toList();
        if (!errors.isEmpty()) {
            throw new SpecException(errors);
        }
    }

    private static String head(ExportedMachine machine, PodSpec pod) {
        String name = machine.name();
        StringBuilder head = new StringBuilder("# The machine " + name
                + " for Kubernetes: made by crosvm export kubernetes. Review it, then: kubectl apply -f FILE\n");
        if (!pod.files().isEmpty()) {
            head.append("# Before that, make a claim ")
                    .append(name)
                    .append(
                            "-files that the nodes can read (ReadOnlyMany, or ReadWriteMany) with these files in it:\n");
            pod.files().forEach(file -> head.append("#   ").append(file).append('\n'));
        }
        List<String> variables = SpecSecrets.variables(machine.spec());
        if (!variables.isEmpty() || !SpecSecrets.files(machine.spec()).isEmpty()) {
            head.append("# and the secret: kubectl create secret generic ")
                    .append(name)
                    .append("-secrets");
            SpecSecrets.files(machine.spec())
                    .forEach((key, file) ->
                            head.append(" --from-file=").append(key).append("=FILE"));
            variables.forEach(key -> head.append(" --from-literal=").append(key).append("=VALUE"));
            head.append('\n');
        }
        return head.toString();
    }

    private static void configMap(ExportedMachine machine, PodSpec pod, KubernetesText text) {
        text.add(0, """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: %1$s-spec
                  labels: {app.kubernetes.io/name: %1$s, app.kubernetes.io/managed-by: crosvm}
                data:
                  vm.yaml: |
                """.formatted(machine.name()));
        text.add(2, pod.yaml());
    }

    private static void services(ExportedMachine machine, PodSpec pod, KubernetesText text) {
        StringBuilder ports = new StringBuilder();
        for (NetworkSpec network : machine.spec().networks()) {
            for (PortForward forward : network.forward()) {
                ports.append("    - {name: tcp-%1$d, port: %1$d, targetPort: %1$d} # %2$d of the guest\n"
                        .formatted(forward.host(), forward.guest()));
            }
        }
        if (!ports.isEmpty()) {
            text.object();
            service(machine.name(), machine.name(), "", "  ports:\n" + ports, text);
        }
        if (pod.keeps()) {
            text.object();
            text.add(0, "# Gives each machine of the set a name of its own in DNS.");
            service(machine.name() + "-machines", machine.name(), "  clusterIP: None\n", "", text);
        }
        FleetPlace place = machine.place();
        if (place != null && place.awaitedReady()) {
            text.object();
            text.add(0, "# Has an address in DNS once the machine is ready, for which others wait.");
            service(awaited(machine.name(), true), machine.name(), "  clusterIP: None\n", "", text);
        }
        if (place != null && place.awaitedStarted()) {
            text.object();
            text.add(0, "# Has an address in DNS once the machine has been started, for which others wait.");
            String early = "  clusterIP: None\n  publishNotReadyAddresses: true\n";
            service(awaited(machine.name(), false), machine.name(), early, "", text);
        }
    }

    /** The Service by which other machines of a fleet know that this one is ready, or has been started. */
    static String awaited(String machine, boolean ready) {
        return machine + (ready ? "-ready" : "-started");
    }

    private static void service(String name, String machine, String address, String ports, KubernetesText text) {
        text.add(0, """
                apiVersion: v1
                kind: Service
                metadata:
                  name: %1$s
                  labels: {app.kubernetes.io/name: %2$s, app.kubernetes.io/managed-by: crosvm}
                spec:
                %3$s  selector: {app.kubernetes.io/name: %2$s}
                %4$s""".formatted(name, machine, address, ports));
    }

    private static void workload(ExportedMachine machine, PodSpec pod, KubernetesText text) {
        String revision = SpecHash.of(
                        List.of(SpecHash.of(machine.draft()), machine.options().image()))
                .substring(0, LABEL_DIGITS);
        text.add(0, """
                apiVersion: apps/v1
                kind: %2$s
                metadata:
                  name: %1$s
                  labels: {app.kubernetes.io/name: %1$s, app.kubernetes.io/managed-by: crosvm}
                spec:
                  replicas: %3$d
                %4$s  selector:
                    matchLabels: {app.kubernetes.io/name: %1$s}
                  template:
                    metadata:
                      labels: {app.kubernetes.io/name: %1$s, crosvm/revision: %6$s}
                      annotations:
                        # Another spec makes another Pod.
                        crosvm/spec: %5$s
                """.formatted(
                        machine.name(),
                        pod.keeps() ? "StatefulSet" : "Deployment",
                        machine.options().replicas(),
                        pod.keeps() ? "  serviceName: " + machine.name() + "-machines\n" : "",
                        quoted(SpecHash.of(machine.draft())),
                        quoted(revision)));
        text.add(2, "spec:");
        new PodTemplate(machine, pod, revision).addTo(text);
        if (pod.keeps()) {
            long bytes = pod.claimBytes();
            String size = bytes < 0 ? machine.options().storage() : ((bytes >> 20) + (bytes >> 25) + 64) + "Mi";
            text.add(1, """
                    volumeClaimTemplates:
                      - metadata:
                          name: disks
                        spec:
                          accessModes: [ReadWriteOnce]
                          resources:
                            requests: {storage: %s}%s
                    """.formatted(quoted(size), bytes < 0 ? " # must hold the disks that the machine writes" : ""));
        }
    }
}
