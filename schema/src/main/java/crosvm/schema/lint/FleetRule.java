package crosvm.schema.lint;

import crosvm.schema.problem.Rule;
import crosvm.schema.problem.RuleText;
import crosvm.schema.problem.Severity;

/** What keeps machines from running beside each other. */
public enum FleetRule implements Rule {
    /** The same name. */
    NAME("fleet-name", "Two files describe machines of the same name.", "Only one of them can run at a time."),
    /** The same MAC. */
    MAC("fleet-mac", "Two machines have the same MAC address.", "On one network neither gets its own frames only."),
    /** The same tap. */
    TAP("fleet-tap", "Two machines use the same tap.", "The second finds it busy."),
    /** The same CID. */
    CID("fleet-cid", "Two machines have the same vsock context id.", "The second is refused by vhost-vsock."),
    /** The same socket. */
    SOCKET(
            "fleet-socket",
            "Two machines listen on the same socket.",
            "The second is refused, or takes the first one's place."),
    /** The same host port. */
    PORT("fleet-port", "Two machines forward the same host port.", "Only one listener can have it."),
    /** The same host address. */
    HOST_IP(
            "fleet-host-ip",
            "The taps of two machines have overlapping address ranges.",
            "The host has two routes to the same addresses and takes one of them."),
    /** A disk that somebody writes. */
    DISK(
            "fleet-disk",
            "Two machines use the same image and one of them writes to it.",
            "The lock refuses the second; without it the file system would be destroyed."),
    /** The same console file. */
    CONSOLE(
            "fleet-console",
            "The console ports of two machines lead to the same file, or one to the other's disk.",
            "Each overwrites what the other has written."),
    /** A path that one machine writes and another uses. */
    PATH(
            "fleet-path",
            "A path that one machine writes or listens on is another one's kernel, initrd, policies or spec, or a socket of it.",
            "What the one guest writes, the other machine is made of."),
    /** A share with another machine's files. */
    SHARE(
            Severity.WARNING,
            "fleet-share",
            "A writable share of one machine holds another one's spec, kernel, disk, console or socket.",
            "The one guest can change what the other machine is made of.");

    private final RuleText text;

    FleetRule(String id, String what, String why) {
        this(Severity.ERROR, id, what, why);
    }

    FleetRule(Severity severity, String id, String what, String why) {
        text = new RuleText(id, severity, what, why);
    }

    @Override
    public RuleText text() {
        return text;
    }
}
