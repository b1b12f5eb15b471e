package crosvm.schema.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * An IPv4 subnet.
 *
 * @param network its first address; no bit behind the prefix is set
 * @param prefix the length of its prefix, 8 to 29
 */
public record Ipv4Subnet(Ipv4Address network, int prefix) {
    /** The shortest prefix: 10.0.0.0/8 is the largest private range. */
    public static final int MIN_PREFIX = 8;

    /** The longest prefix: the network itself, the gateway, five machines and the broadcast address. */
    public static final int MAX_PREFIX = 29;

    /**
     * Reads {@code 10.1.0.0/24}.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    public static Ipv4Subnet parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash).matches("/[1-9][0-9]?")) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is not a subnet: write the first address and the length of the prefix, 10.1.0.0/24");
        }
        Ipv4Address address = Ipv4Address.parse(text.substring(0, slash));
        int prefix = Integer.parseInt(text.substring(slash + 1));
        if (prefix < MIN_PREFIX || prefix > MAX_PREFIX) {
            throw new IllegalArgumentException("/" + prefix + " is not between /" + MIN_PREFIX + " and /" + MAX_PREFIX);
        }
        Ipv4Subnet subnet = new Ipv4Subnet(new Ipv4Address(address.bits() & mask(prefix)), prefix);
        if (!subnet.network.equals(address)) {
            throw new IllegalArgumentException(address + " is an address in the subnet, whose first one is " + subnet);
        }
        return subnet;
    }

    /**
     * The subnet of a network that does not say one: a /24 of 10.192.0.0/11, the same on every host. Docker, Podman, libvirt and
     * the usual clusters have others.
     */
    public static Ipv4Subnet derived(String fleet, String network) {
        byte[] hash = hash(fleet + "/" + network);
        return new Ipv4Subnet(new Ipv4Address(10 << 24 | (192 | hash[0] & 31) << 16 | (hash[1] & 255) << 8), 24);
    }

    static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static int mask(int prefix) {
        return -1 << 32 - prefix;
    }

    /** The netmask. */
    public Ipv4Address netmask() {
        return new Ipv4Address(mask(prefix));
    }

    /** How many machines can have an address: all but the network's own, the gateway's and the broadcast address. */
    public int room() {
        return (1 << 32 - prefix) - 3;
    }

    /** The host's end of the network: the first address behind the network's own. */
    public Ipv4Address gateway() {
        return new Ipv4Address(network.bits() + 1);
    }

    /** The address of a machine, from 0 to {@link #room()} - 1. */
    public Ipv4Address machine(int index) {
        return new Ipv4Address(network.bits() + 2 + index);
    }

    /** Which {@link #machine(int)} has this address; -1 when none can have it. */
    public int indexOf(Ipv4Address address) {
        int index = address.bits() - network.bits() - 2;
        return contains(address) && index >= 0 && index < room() ? index : -1;
    }

    /** Whether an address lies in it. */
    public boolean contains(Ipv4Address address) {
        return (address.bits() & mask(prefix)) == network.bits();
    }

    /** Whether the two have an address in common. */
    public boolean overlaps(Ipv4Subnet other) {
        int mask = mask(Math.min(prefix, other.prefix));
        return (network.bits() & mask) == (other.network.bits() & mask);
    }

    /** {@code 10.1.0.0/24}. */
    @Override
    public String toString() {
        return network + "/" + prefix;
    }
}
