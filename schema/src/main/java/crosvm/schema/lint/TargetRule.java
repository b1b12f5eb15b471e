package crosvm.schema.lint;

import crosvm.schema.problem.Rule;
import crosvm.schema.problem.RuleText;
import crosvm.schema.problem.Severity;

/** What a spec has that cannot go where {@code --target} says, although it runs on a host. */
public enum TargetRule implements Rule {
    /** A name that is not a label. */
    KUBERNETES_NAME(
            Severity.ERROR,
            "kubernetes-name",
            "The machine's name cannot name objects of Kubernetes.",
            "Their names are DNS labels (RFC 1123), and a StatefulSet adds to them."),
    /** A network interface of the node. */
    KUBERNETES_TAP(
            Severity.ERROR,
            "kubernetes-tap",
            "A network is a tap.",
            "A Pod has a network of its own, in which nobody has made that tap and a container may not make one."),
    /** A path of one host. */
    KUBERNETES_HOST_PATH(
            Severity.ERROR,
            "kubernetes-host-path",
            "A path lies outside the spec's folder.",
            "A Pod runs on any node, and sees the volumes that it is given and nothing else of the node."),
    /** A compositor. */
    KUBERNETES_WAYLAND(
            Severity.ERROR,
            "kubernetes-wayland",
            "The machine has windows on the host's Wayland compositor.",
            "A node of a cluster has no desktop."),
    /** A folder of the host. */
    KUBERNETES_SHARE(
            Severity.ERROR,
            "kubernetes-share",
            "A folder of the host is shared with the guest.",
            "The folder would be one of the node's, and virtiofsd is not in crosvm's container image."),
    /** What the node would have to limit. */
    KUBERNETES_LIMIT(
            Severity.ERROR,
            "kubernetes-limit",
            "Processes, or reads and writes of the disks' devices, are limited.",
            "A Pod has no such limit: the node has one of processes for each of its Pods (podPidsLimit), and none of devices."
                    + " crosvm does not start a machine whose limits do not hold."),
    /** A context id of the node. */
    KUBERNETES_VSOCK(
            Severity.WARNING,
            "kubernetes-vsock",
            "The machine has a vsock device.",
            "It needs the node's /dev/vhost-vsock, which a privileged container has, and its context id is the node's:"
                    + " two such machines cannot run on one node."),
    /** A program that is not in the image. */
    KUBERNETES_PROGRAM(
            Severity.WARNING,
            "kubernetes-program",
            "The machine needs a program that is not in crosvm's container image.",
            "The machine would not start: build an image from crosvm's that has the program."),
    /** A guest that ends by itself. */
    KUBERNETES_ENDS(
            Severity.WARNING,
            "kubernetes-ends",
            "The built-in guest powers off by itself.",
            "Kubernetes starts the container of a Deployment again whenever it has ended, more and more slowly.");

    private final RuleText text;

    TargetRule(Severity severity, String id, String what, String why) {
        text = new RuleText(id, severity, what, why);
    }

    @Override
    public RuleText text() {
        return text;
    }
}
