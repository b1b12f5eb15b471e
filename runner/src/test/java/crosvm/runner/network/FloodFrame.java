package crosvm.runner.network;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** A frame that a guest sends without end, each with other bytes in one place. Used by one thread. */
final class FloodFrame {
    /** What the addresses that nobody has begin with, as bytes in text. */
    static final String NOBODY = "RT\u00aa";

    private static final String EVERYBODY = "ffffffffffff";
    private static final int BYTES = 300;
    private static final int UDP = 34;
    private static final int FRAGMENT = 32;
    private static final int BOOTP = UDP + 8;

    private final byte[] bytes;
    private final int from;
    private final int count;

    private FloodFrame(String start, int from, int count) {
        byte[] head = HexFormat.of().parseHex(start);
        this.bytes = java.util.Arrays.copyOf(head, BYTES);
        this.from = from;
        this.count = count;
    }

    /** The next one; the same array each time. */
    byte[] next(Random random) {
        for (int i = 0; i < count; i++) {
            bytes[from + i] = (byte) random.nextInt();
        }
        return bytes;
    }

    /** Broadcasts, ARP and DHCP requests, frames for nobody, and names asked for, of a machine that says who it is. */
    static List<FloodFrame> all(NetworkPlan plan, NetworkPlan.Host own) {
        String mac = HexFormat.of().formatHex(own.mac().toBytes());
        String ip = "%08x".formatted(own.address().bits());
        String gateway = "%08x".formatted(plan.subnet().gateway().bits());
        String gatewayMac = HexFormat.of().formatHex(plan.gatewayMac().toBytes());
        String name = "0000010000010000000000000a" + "78".repeat(10) + "00" + "00010001"; // An A record of xxxxxxxxxx.
        return List.of(
                new FloodFrame(EVERYBODY + mac + udp(ip, "ffffffff", 4000, 5000), UDP, 4),
                new FloodFrame(EVERYBODY + mac + "08060001080006040001" + mac + ip + "0000000000000a4d0300", 41, 1),
                new FloodFrame(dhcp(mac, mac, 1, ""), BOOTP + 4, 4),
                new FloodFrame(dhcp(mac, "525400000000", 1, ""), BOOTP + 28 + 3, 3),
                new FloodFrame("5254aa000000" + mac + udp(ip, "0a4d0363", 4000, 5000), 3, 3),
                new FloodFrame(gatewayMac + mac + udp(ip, gateway, 4000, 53) + name, UDP, 2),
                new FloodFrame(gatewayMac + mac + udp(ip, gateway, 4000, 67) + name, UDP, 2));
    }

    /** What says for another machine that the address it was given is somebody else's. */
    static FloodFrame decline(NetworkPlan plan, NetworkPlan.Host own, NetworkPlan.Host victim) {
        return new FloodFrame(
                dhcp(
                        HexFormat.of().formatHex(own.mac().toBytes()),
                        HexFormat.of().formatHex(victim.mac().toBytes()),
                        4,
                        "3204%08x3604%08x"
                                .formatted(
                                        victim.address().bits(),
                                        plan.subnet().gateway().bits())),
                BOOTP + 4,
                4);
    }

    /** The same in two fragments, of which the first ends before it says who the client is. */
    static List<byte[]> declineInFragments(NetworkPlan plan, NetworkPlan.Host own, NetworkPlan.Host victim) {
        byte[] whole = decline(plan, own, victim).next(new Random(1));
        return List.of(
                fragment(whole, own, 0x2000, UDP, UDP + FRAGMENT),
                fragment(whole, own, FRAGMENT / 8, UDP + FRAGMENT, BYTES));
    }

    private static byte[] fragment(byte[] whole, NetworkPlan.Host own, int flagsAndPlace, int from, int to) {
        java.nio.ByteBuffer frame = java.nio.ByteBuffer.allocate(UDP + to - from)
                .put(whole, 0, UDP)
                .put(whole, from, to - from)
                .putShort(16, (short) (UDP - 14 + to - from))
                .putInt(18, 7 << 16 | flagsAndPlace)
                .putShort(24, (short) 0)
                .putInt(26, own.address().bits());
        int sum = 0;
        for (int i = 14; i < UDP; i += 2) {
            sum += frame.getShort(i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >> 16);
        return frame.putShort(24, (short) ~((sum & 0xffff) + (sum >> 16))).array();
    }

    /** A message of DHCP (RFC 2131) to everybody. */
    private static String dhcp(String mac, String client, int type, String options) {
        String bootp =
                "01010600" + "00000000" + "00000000" + "00".repeat(16) + client + "00".repeat(10 + 192) + "63825363";
        return EVERYBODY + mac + udp("00000000", "ffffffff", 68, 67) + bootp + "3501%02x".formatted(type) + options
                + "ff";
    }

    /** Up to the end of UDP's header, without a checksum of that; the rest of the frame is its data. */
    private static String udp(String from, String to, int source, int target) {
        String head = "4500%04x0000000040110000".formatted(BYTES - 14) + from + to;
        int sum = 0;
        for (int i = 0; i < head.length(); i += 4) {
            sum += Integer.parseInt(head.substring(i, i + 4), 16);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return "0800" + head.substring(0, 20) + "%04x".formatted(~sum & 0xffff) + head.substring(24)
                + "%04x%04x%04x0000".formatted(source, target, BYTES - UDP);
    }
}
