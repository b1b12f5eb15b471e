package crosvm.runner.network;

import crosvm.schema.model.Ipv4Address;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a hostile guest sends to be taken for somebody else, all of it to everybody, each with a word in it by which it is known again. */
public final class SpoofedFrames {
    private static final String EVERYBODY = "ffffffffffff";
    private static final String NONE = "00000000000000000000000000000000";

    private final String mac;
    private final String ip;
    private final String otherMac;
    private final String otherIp;
    private final String gateway;
    private final String own6;
    private final String other6;

    /** @param other whom the guest wants to be taken for */
    public SpoofedFrames(Ipv4Address router, NetworkPlan.Host own, NetworkPlan.Host other) {
        mac = HexFormat.of().formatHex(own.mac().toBytes());
        ip = "%08x".formatted(own.address().bits());
        otherMac = HexFormat.of().formatHex(other.mac().toBytes());
        otherIp = "%08x".formatted(other.address().bits());
        gateway = "%08x".formatted(router.bits());
        own6 = Ipv6Addresses.bits(Ipv6Addresses.onLink(own.mac())).substring(2);
        other6 = Ipv6Addresses.bits(Ipv6Addresses.onLink(other.mac())).substring(2);
    }

    /** What it may send. */
    public byte[] honest(String word) {
        return frame(mac, udp(ip, 4000, 5000), word);
    }

    /** What it may not, by what it is. */
    public Map<String, byte[]> all() {
        Map<String, byte[]> frames = new LinkedHashMap<>();
        put(frames, "another MAC address", otherMac, udp(ip, 4000, 5000));
        put(frames, "another IP address", mac, udp(otherIp, 4000, 5000));
        put(frames, "an address outside the subnet", mac, udp("08080808", 4000, 5000));
        put(frames, "ARP for the gateway", mac, arp(mac, gateway));
        put(frames, "ARP for another machine", mac, arp(mac, otherIp));
        put(frames, "ARP with another MAC address", mac, arp(otherMac, ip));
        put(frames, "an ARP probe for another machine's address", mac, probe(mac, otherIp));
        put(frames, "a DHCP server's answer", mac, udp(ip, 67, 68));
        put(frames, "a DHCP server's offer", mac, dhcp(gateway, 67, 68, mac, 2));
        put(frames, "a DHCPDECLINE of another machine's address", mac, dhcp("00000000", 68, 67, otherMac, 4));
        put(frames, "a DHCPRELEASE of another machine's address", mac, dhcp(ip, 68, 67, otherMac, 7));
        put(frames, "a DHCPRELEASE in another machine's name", mac, dhcp(otherIp, 68, 67, otherMac, 7));
        put(frames, "a router's advertisement", mac, icmp6(own6, "8600000000000000"));
        put(frames, "a redirect", mac, icmp6(own6, "8900000000000000" + other6));
        put(frames, "advertisement of another machine's address", mac, icmp6(own6, "8800000020000000" + other6));
        put(
                frames,
                "a solicitation as if it took another machine's address",
                mac,
                icmp6(NONE, "8700000000000000" + other6));
        put(frames, "another IPv6 address", mac, icmp6(other6, "8000000000000000"));
        put(frames, "a DHCPv6 server's answer", mac, ip6(own6, 17, "0223022200100000"));
        put(
                frames,
                "a router's advertisement behind another header",
                mac,
                ip6(own6, 0, "3a00010400000000" + "8600000000000000"));
        put(frames, "a VLAN tag", mac, "81000005" + udp(ip, 4000, 5000));
        put(frames, "another protocol", mac, "88cc0207");
        put(frames, "IPv6 nobody's address", mac, icmp6(NONE, "8600000000000000"));
        return frames;
    }

    private static void put(Map<String, byte[]> frames, String what, String from, String rest) {
        frames.put(what, frame(from, rest, what));
    }

    private static byte[] frame(String from, String rest, String word) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(HexFormat.of().parseHex(EVERYBODY + from + rest));
        out.writeBytes(("[" + word + "]").getBytes(StandardCharsets.US_ASCII));
        while (out.size() < 120) {
            out.write(0);
        }
        return out.toByteArray();
    }

    /** An IPv4 packet of UDP to everybody; lengths reach into the padding. */
    private static String udp(String from, int source, int target) {
        String head = "450000640000000040110000" + from + "ffffffff";
        return "0800" + withChecksum(head) + "%04x%04x00500000".formatted(source, target);
    }

    /** A whole message of DHCP (RFC 2131, section 2) about the other machine's address. */
    private String dhcp(String from, int source, int target, String client, int type) {
        String bootp =
                "01010600" + "00000000".repeat(2) + otherIp + "00000000".repeat(3) + client + "00".repeat(10 + 192);
        String options = "63825363" + "3501%02x".formatted(type) + "3204" + otherIp + "3604" + gateway + "ff";
        int bytes = (bootp.length() + options.length()) / 2;
        String head = "4500%04x0000000040110000".formatted(28 + bytes) + from + "ffffffff";
        return "0800" + withChecksum(head) + "%04x%04x%04x0000".formatted(source, target, 8 + bytes) + bootp + options;
    }

    private static String withChecksum(String head) {
        int sum = 0;
        for (int i = 0; i < head.length(); i += 4) {
            sum += Integer.parseInt(head.substring(i, i + 4), 16);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return head.substring(0, 20) + "%04x".formatted(~sum & 0xffff) + head.substring(24);
    }

    private static String arp(String sender, String address) {
        return "08060001080006040002" + sender + address + EVERYBODY + "ffffffff";
    }

    /** RFC 5227, section 2.1.1: from nobody, about an address that the sender wants; whoever is to get it then does without. */
    private static String probe(String sender, String address) {
        return "08060001080006040001" + sender + "00000000" + "000000000000" + address;
    }

    private static String icmp6(String from, String message) {
        return ip6(from, 58, message);
    }

    private static String ip6(String from, int next, String payload) {
        return "86dd600000000040" + "%02xff".formatted(next) + from + "ff020000000000000000000000000001" + payload;
    }
}
