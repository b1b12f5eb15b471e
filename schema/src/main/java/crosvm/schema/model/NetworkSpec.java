package crosvm.schema.model;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A virtio-net device. Exactly one of four ways leads out: a tap made for it ({@code hostIp} and {@code netmask}), a tap
 * that exists ({@code tap}), the user's own connections through passt ({@code user}), or a network of the file's machines
 * ({@code network}).
 *
 * @param id unique among the devices
 * @param hostIp the host's address on the tap that is made, or null
 * @param netmask the netmask of that tap, or null
 * @param tap the name of an existing tap, or null
 * @param user whether passt connects the guest, without any privilege
 * @param network a network of the file of several machines, by its name, or null
 * @param address the guest's address on that network, or null: one that is worked out
 * @param internet what this machine reaches outside through that network, or null: what the network says
 * @param forward TCP ports of the host that lead to the guest; with {@code user} only
 * @param mac the guest's address; never multicast
 * @param vhost whether vhost-net in the kernel takes over the rings
 * @param queues pairs of queues, 1 to 8
 * @param mtu bytes of the largest packet on the tap that is made, 68 to 65,521; null: as the kernel has it, 1500
 * @param limit how much it may carry in a second, or null: as much as it can
 */
@ListKey("id")
@Snippet(
        value = "network without privileges",
        lines = {"user: true", "forward: [\"${1:8080:80}\"]"})
@Snippet(value = "existing tap", lines = "tap: ${1:tap0}")
@Snippet(
        value = "tap made for the machine",
        lines = {"hostIp: ${1:192.168.10.1}", "netmask: ${2:255.255.255.0}"})
@Snippet(value = "network of the file", lines = "network: ${1:lan}")
@Excludes(
        value = "user",
        others = {"hostIp", "netmask", "tap", "network"},
        message = "user: true excludes hostIp, netmask, tap and network: a network has one way out")
@Excludes(
        value = "tap",
        others = {"hostIp", "netmask", "network"},
        message = "tap excludes hostIp, netmask and network: a network has one way out")
@Excludes(
        value = "network",
        others = {"hostIp", "netmask"},
        message = "network excludes hostIp and netmask: a network has one way out")
public record NetworkSpec(
        @Doc(
                value = "Names the network in overrides and messages.",
                example = "lan",
                derived = "net0, net1 … by position")
        @Pattern(
                regexp = "[A-Za-z][A-Za-z0-9_-]*",
                message = "must begin with a letter and go on with letters, digits, _ or -")
        @Size(max = 20) String id,

        @Doc(
                value = "The host's address on a tap made for this machine. Needs netmask, and CAP_NET_ADMIN to run.",
                example = "192.168.10.1")
        @Nullable Ipv4Address hostIp,

        @Doc(value = "The netmask of the tap made for this machine.", example = "255.255.255.0") @Nullable Ipv4Address netmask,

        @Doc(value = "An existing tap, for example one that an administrator made for your user.", example = "tap0")
        @Nullable @Pattern(regexp = "[^/\\s:%]+", message = "must have no blanks and none of / : %") @Size(min = 1, max = 15) String tap,

        @Doc(value = "Network without any privilege, through passt.", example = "true", defaultValue = "false")
        boolean user,

        @Doc(value = "A network of the file of several machines, by its name there.", example = "lan")
        @Nullable @Pattern(regexp = NetworkSpec.NETWORK_NAME, message = NetworkSpec.NETWORK_NAME_MESSAGE) @Size(max = 20) String network,

        @Doc(
                value = "The guest's address on the network of the file. It gets it by DHCP.",
                example = "10.1.0.10",
                derived = "one that nobody else has")
        @Nullable Ipv4Address address,

        @Doc(
                value =
                        "What this machine reaches outside through the network of the file, in place of what the network says: true, false, or a list of all that is allowed.",
                example = "{allow: [\"deb.debian.org:80\"]}",
                fileOnly = true)
        @Valid @Nullable InternetSpec internet,

        @Doc(
                value =
                        "TCP ports of the host that lead to the guest: HOST:GUEST, or one number for both (8080 is 8080:8080). Only with user: true.",
                example = "[\"8080:80\"]")
        @Size(max = 256) List<PortForward> forward,

        @Doc(
                value = "The guest's MAC address.",
                example = "\"52:54:00:12:34:56\"",
                derived = "a stable local address from the machine's name and the position")
        MacAddress mac,

        @Doc(
                value = "Whether vhost-net in the kernel moves the packets: auto takes it where it is there.",
                example = "off",
                defaultValue = "auto")
        VhostMode vhost,

        @Doc(value = "Pairs of queues; more than one spreads the load over vCPUs.", example = "2", defaultValue = "1")
        @Min(1) @Max(8) int queues,

        @Doc(
                value =
                        "Bytes of the largest packet on the tap made for this machine, told to the guest; 9000 for jumbo frames.",
                example = "9000")
        @Nullable @Min(68) @Max(65521) Integer mtu,

        @Doc(
                value =
                        "How much the network may carry in a second, by the traffic control (tc) of its tap. Needs CAP_NET_ADMIN to run.",
                example = "{rx: 10MiB, tx: 10MiB}",
                fileOnly = true)
        @Valid @Nullable NetworkLimit limit)
        implements VmSpec.DeviceSpec {
    /** What names of networks between machines look like. */
    public static final String NETWORK_NAME = "[A-Za-z][A-Za-z0-9_-]*";

    static final String NETWORK_NAME_MESSAGE = "must begin with a letter and go on with letters, digits, _ or -";

    /** Copies the list. */
    public NetworkSpec {
        forward = List.copyOf(forward);
    }

    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.NET;
    }

    /** With vhost the kernel moves the packets, or may, and the process needs further system calls. */
    @Override
    public String policy() {
        return user || vhost == VhostMode.OFF ? "net_device.policy" : "vhost_net_device.policy";
    }

    /** The port of the host that one of these networks forwards to a TCP port of the guest, or null. */
    public static @Nullable Integer hostPortOf(List<NetworkSpec> networks, int guestPort) {
        for (NetworkSpec network : networks) {
            for (PortForward forward : network.forward()) {
                if (network.user() && forward.guest() == guestPort) {
                    return forward.host();
                }
            }
        }
        return null;
    }
}
