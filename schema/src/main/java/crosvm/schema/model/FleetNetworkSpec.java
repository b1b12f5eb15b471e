package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network between the machines of a file: one of its own, which needs no privilege, or a bridge of the host. Immutable.
 *
 * @param subnet its IPv4 addresses as {@link Ipv4Subnet} reads them; null for one that is worked out
 * @param ipv6 whether it has addresses of IPv6 too, unique local ones
 * @param internet what its machines reach of the host's networks, or null: nothing
 * @param bridge the host's bridge that it is; null for a network of its own
 * @param forward ports of the host that lead to its machines, as {@link MachineForward} reads them
 */
@Excludes(
        value = "bridge",
        others = {"subnet"},
        message = "bridge excludes subnet: the host's bridge has its own addresses")
public record FleetNetworkSpec(
        @Doc(
                value = "The network's IPv4 addresses. The first is the gateway's, which also answers DHCP and DNS.",
                example = "10.1.0.0/24",
                derived = "a /24 of 10.192.0.0/11 from the names of fleet and network",
                fileOnly = true)
        @Nullable @Pattern(
                regexp = "[0-9.]+/[0-9]+",
                message = "must be an address and the length of a prefix, such as 10.1.0.0/24")
        String subnet,

        @Doc(
                value =
                        "Whether the machines have IPv6 addresses too: unique local ones, which they make of their MAC addresses.",
                example = "true",
                defaultValue = "false",
                fileOnly = true)
        boolean ipv6,

        @Doc(
                value =
                        "Whether the machines reach the host's networks and the internet, and what of it: true, or a list of all that is allowed.",
                example = "{allow: [\"deb.debian.org:80\"]}",
                fileOnly = true)
        @Valid @Nullable InternetSpec internet,

        @Doc(
                value =
                        "A bridge of the host that the machines are connected to, instead of a network of their own. For root.",
                example = "br0",
                fileOnly = true)
        @Nullable @Pattern(regexp = "[^/\\s:%]+", message = "must have no blanks and none of / : %") @Size(min = 1, max = 15) String bridge,

        @Doc(
                value = "TCP ports of the host that lead to a machine of the network: HOST:MACHINE:GUEST.",
                example = "[\"8080:web:80\"]",
                fileOnly = true)
        @Size(max = 256) List<@Pattern(regexp = MachineForward.FORM, message = "must be HOST:MACHINE:GUEST, such as 8080:web:80") String>
                forward) {
    /** Copies the list. */
    public FleetNetworkSpec {
        forward = List.copyOf(forward);
    }

    /** Whether its machines get out to the host's networks. */
    public boolean leadsToInternet() {
        return internet != null && internet.enabled();
    }

    /** All that they reach there; null for everything. */
    public @Nullable List<EgressTarget> allowed() {
        return internet == null ? null : internet.targets();
    }

    /** Its subnet; the one that is worked out where it does not say one that can be read. */
    public Ipv4Subnet subnet(String fleet, String network) {
        try {
            return subnet == null ? Ipv4Subnet.derived(fleet, network) : Ipv4Subnet.parse(subnet);
        } catch (IllegalArgumentException e) {
            return Ipv4Subnet.derived(fleet, network);
        }
    }

    /** Its forwarded ports; those that cannot be read are left out. */
    public List<MachineForward> forwards() {
        return forward.stream()
                .filter(text -> text.matches(MachineForward.FORM))
                .map(MachineForward::parse)
                .toList();
    }
}
