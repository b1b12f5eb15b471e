package crosvm.runner.network;

import crosvm.schema.model.MacAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The IPv6 addresses of a network: unique local ones (RFC 4193), of which each machine makes its own by its MAC address (RFC 4291). */
final class Ipv6Addresses {
    private Ipv6Addresses() {}

    /** The first 64 bits, {@code fdxx:xxxx:xxxx:0}, the same on every host. */
    static String prefix(NetworkPlan plan) {
        byte[] hash;
        try {
            hash = MessageDigest.getInstance("SHA-256")
                    .digest(("ipv6 " + plan.fleet() + "/" + plan.network()).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        String hex = "fd" + HexFormat.of().formatHex(hash, 0, 5);
        return hex.substring(0, 4) + ":" + hex.substring(4, 8) + ":" + hex.substring(8, 12) + ":0";
    }

    /** The address that a card makes for itself behind a prefix of 64 bits. */
    static String of(String prefix, MacAddress mac) {
        byte[] bytes = mac.toBytes();
        return "%s:%02x%02x:%02xff:fe%02x:%02x%02x"
                .formatted(prefix, bytes[0] & 255 ^ 2, bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
    }

    /** Its address on the link. */
    static String onLink(MacAddress mac) {
        return of("fe80:0:0:0", mac);
    }

    /**
     * Whether a machine's address is this one, however it is written.
     *
     * @param address digits and colons alone; false for others
     */
    static boolean isOf(String address, NetworkPlan plan, MacAddress mac) {
        if (!address.matches("[0-9a-f:]+")) {
            return false;
        }
        try {
            InetAddress given = InetAddress.getByName(address);
            return given.equals(InetAddress.getByName(of(prefix(plan), mac)))
                    || given.equals(InetAddress.getByName(onLink(mac)));
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** The 128 bits as a number for nft: {@code 0xfe80…}. */
    static String bits(String address) {
        StringBuilder out = new StringBuilder("0x");
        for (String group : address.split(":")) {
            out.append("0".repeat(4 - group.length())).append(group);
        }
        return out.toString();
    }
}
