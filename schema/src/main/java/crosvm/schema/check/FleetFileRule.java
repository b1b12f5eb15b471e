package crosvm.schema.check;

import crosvm.schema.problem.Rule;
import crosvm.schema.problem.RuleText;
import crosvm.schema.problem.Severity;

/** What can be wrong between the machines of one file, and the files that it includes. */
public enum FleetFileRule implements Rule {
    /** A key that cannot be a machine's name. */
    MACHINE_NAME(
            "machine-name",
            "A machine's key cannot be its name, or two machines get the same one.",
            "Names become file names and host names: letters, digits, _ and -, with the fleet's 63 characters at most."),
    /** A dependency that is not there. */
    DEPENDENCY(
            "machine-dependency",
            "A machine depends on one that the file does not have, or on the readiness of one that does not say when it is ready.",
            "It could never be started."),
    /** A circle of dependencies. */
    CYCLE("dependency-cycle", "Machines depend on each other in a circle.", "None of them can be started first."),
    /** A network that is not there. */
    UNKNOWN_NETWORK(
            "unknown-network",
            "A machine is on a network that its file does not have, or a file of one machine names one.",
            "The machine could not be connected."),
    /** The addresses or the kind of a network. */
    NETWORK_SUBNET(
            "network-subnet",
            "A network's subnet is not one, has too little room, overlaps another one's, or stands beside a bridge of the host.",
            "Its machines could not be told apart, or reach each other."),
    /** A machine's address on a network. */
    NETWORK_ADDRESS(
            "network-address",
            "A machine's address is not in its network's subnet, is the gateway's, or another machine's.",
            "It could not be given to the machine."),
    /** A port that leads to a machine on a network. */
    NETWORK_FORWARD(
            "network-forward",
            "A forwarded port leads to a machine that is not on the network, or is forwarded twice.",
            "Connections to it would end nowhere."),
    /** What machines may reach outside. */
    NETWORK_ALLOW(
            "network-allow",
            "internet.allow names what can never be reached, or cannot be read.",
            "The machines could not reach it, or could reach more than was intended."),
    /** An included file. */
    INCLUDE("include-file", "A file cannot be included.", "What it says about the machines would be missing.");

    private final RuleText text;

    FleetFileRule(String id, String what, String why) {
        text = new RuleText(id, Severity.ERROR, what, why);
    }

    @Override
    public RuleText text() {
        return text;
    }
}
