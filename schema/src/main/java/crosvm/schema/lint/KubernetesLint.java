package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.check.PathUse;
import crosvm.schema.model.BuiltinKernel;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.NamedPath.Access;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VmSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What cannot go into a Pod. */
final class KubernetesLint {
    /** A StatefulSet's Pods are named after it, with 11 characters more for its revision's label. */
    private static final int LONGEST_NAME = 52;

    private static final String LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";

    private KubernetesLint() {}

    static void lint(Draft draft) {
        VmSpec spec = draft.spec();
        name(draft, spec.name());
        List<NetworkSpec> networks = spec.networks();
        for (int i = 0; i < networks.size(); i++) {
            tap(draft, networks.get(i), "networks[" + i + "]");
        }
        if (spec.wayland() != null) {
            draft.problem(TargetRule.KUBERNETES_WAYLAND, "wayland", "a Pod has no compositor to connect to");
        }
        for (int i = 0; i < spec.shares().size(); i++) {
            draft.problem(
                    TargetRule.KUBERNETES_SHARE,
                    "shares[" + i + "]",
                    "a Pod has no folder of this host to share",
                    "put what the guest needs on a disk");
        }
        if (spec.vsock() != null) {
            draft.problem(
                    TargetRule.KUBERNETES_VSOCK,
                    "vsock",
                    "needs a privileged container, and a node for this machine alone",
                    "crosvm export kubernetes --kvm privileged");
        }
        if (spec.kernel().builtin() == BuiltinKernel.HELLO) {
            draft.problem(
                    TargetRule.KUBERNETES_ENDS,
                    "kernel.builtin",
                    "powers off by itself and would be started again",
                    "builtin: idle stays until it is told to end");
        }
        LimitsSpec limits = spec.limits();
        if (limits != null && limits.io() != null && limits.io().isPresent()) {
            draft.problem(TargetRule.KUBERNETES_LIMIT, "limits.io", "a Pod cannot limit what its disks' devices do");
        }
        if (limits != null && limits.pids() != null) {
            draft.problem(
                    TargetRule.KUBERNETES_LIMIT,
                    "limits.pids",
                    "a Pod cannot limit its processes",
                    "leave it out; podPidsLimit of the node does it for each of its Pods");
        }
        programs(draft);
        paths(draft);
    }

    private static void name(Draft draft, String name) {
        if (!name.matches(LABEL) || name.length() > LONGEST_NAME) {
            String label = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
            label = label.substring(0, Math.min(label.length(), LONGEST_NAME));
            draft.problem(
                    TargetRule.KUBERNETES_NAME,
                    "name",
                    "\"" + name + "\" is not a DNS label of at most " + LONGEST_NAME + " characters",
                    "for example " + label.replaceAll("^-+|-+$", ""));
        }
    }

    private static void tap(Draft draft, NetworkSpec network, String path) {
        if (network.hostIp() != null || network.tap() != null) {
            draft.problem(
                    TargetRule.KUBERNETES_TAP,
                    path + (network.tap() != null ? ".tap" : ".hostIp"),
                    "needs a tap, which a Pod does not have",
                    "user: true works in a Pod, and forward leads to a Service");
        } else if (network.network() != null) {
            draft.problem(
                    TargetRule.KUBERNETES_TAP,
                    path + ".network",
                    "is between machines of this file, which are Pods of their own there",
                    "user: true works in a Pod, and forward leads to a Service");
        }
    }

    private static void programs(Draft draft) {
        if (draft.spec().kernel().from() != null) {
            program(draft, "kernel.from", "grub-fstest (Debian package grub-common)");
        }
        List<DiskSpec> disks = draft.spec().disks();
        for (int i = 0; i < disks.size(); i++) {
            if (disks.get(i).isServed()) {
                program(draft, "disks[" + i + "]", "qemu-storage-daemon (Debian package qemu-system-common)");
            }
        }
    }

    private static void program(Draft draft, String path, String program) {
        draft.problem(
                TargetRule.KUBERNETES_PROGRAM,
                path,
                "needs " + program,
                "FROM crosvm's image, RUN apt-get install, and --image that");
    }

    /** Files beside the spec go onto volumes; sockets and logs of consoles are the container's own. */
    private static void paths(Draft draft) {
        Path file = draft.file();
        Path folder = file == null ? null : file.getParent();
        for (PathUse use : PathUse.of(draft.spec(), file)) {
            boolean made = use.access() == Access.LISTEN || use.isConsole();
            boolean told = use.isShare()
                    || use.field().startsWith("wayland")
                    || use.field().isEmpty();
            boolean secret = use.field().startsWith("guest.credentials");
            if (!made && !told && !secret && (folder == null || !use.path().startsWith(folder))) {
                draft.problem(
                        TargetRule.KUBERNETES_HOST_PATH,
                        use.field(),
                        use.path() + " is a path of this host",
                        "write it relative to the spec, whose files come from a volume;" + " or download it: source");
            }
        }
    }
}
