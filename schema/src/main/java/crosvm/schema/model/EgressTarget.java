package crosvm.schema.model;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where machines may connect to: {@code example.org}, {@code *.example.org}, {@code 192.0.2.0/24}, {@code 2001:db8::/32}, each with a
 * port if need be: {@code example.org:443}, {@code [2001:db8::1]:443}. Immutable.
 *
 * @param kind what is named
 * @param host the name in lower case, without {@code *.}; or the address with the length of its prefix
 * @param port TCP and UDP, 1 to 65535; 0 for all
 */
public record EgressTarget(Kind kind, String host, int port) {
    /** What names a target. */
    public enum Kind {
        /** One name. */
        NAME,
        /** All names below one, and not that one. */
        BELOW,
        /** IPv4 addresses. */
        IPV4,
        /** IPv6 addresses. */
        IPV6
    }

    private static final Pattern NAME =
            Pattern.compile("(\\*\\.)?(([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?)");
    private static final Pattern IPV4 = Pattern.compile("[0-9.]+(/[0-9]{1,2})?");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-f:]*:[0-9a-f:.]*(/[0-9]{1,3})?");
    private static final Pattern BRACKETS = Pattern.compile("\\[([^\\]]*)\\](:(.*))?");
    private static final int LONGEST_NAME = 253;

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    public static EgressTarget parse(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        Matcher brackets = BRACKETS.matcher(lower);
        if (brackets.matches()) {
            return ipv6(text, brackets.group(1), brackets.group(3) == null ? 0 : port(text, brackets.group(3)));
        }
        if (lower.contains("://")) {
            throw wrong(text, "is a URL; write the name of its host: " + hostOf(lower));
        }
        if (lower.indexOf(':') != lower.lastIndexOf(':')) {
            return ipv6(text, lower, 0);
        }
        int colon = lower.indexOf(':');
        String host = colon < 0 ? lower : lower.substring(0, colon);
        int port = colon < 0 ? 0 : port(text, lower.substring(colon + 1));
        if (IPV4.matcher(host).matches()) {
            return ipv4(text, host, port);
        }
        return name(text, host, port);
    }

    private static String hostOf(String url) {
        return url.replaceFirst("^[a-z0-9+.-]*://", "")
                .replaceFirst("[/?#].*", "")
                .replaceFirst("^[^@]*@", "");
    }

    private static EgressTarget name(String text, String host, int port) {
        if (host.endsWith(".")) {
            throw wrong(text, "ends with a dot; leave it out");
        }
        if (host.matches("[^.]+") && !host.contains("*")) {
            throw wrong(
                    text, "has no dot: names of the file's machines need no permission, and others are written whole");
        }
        Matcher name = NAME.matcher(host);
        if (!name.matches() || host.length() > LONGEST_NAME) {
            throw wrong(
                    text,
                    host.contains("*")
                            ? "has a * elsewhere than in front: *.example.org is all names below example.org"
                            : "is neither a name nor an address: write example.org, *.example.org, example.org:443 or 192.0.2.0/24");
        }
        return new EgressTarget(name.group(1) == null ? Kind.NAME : Kind.BELOW, name.group(2), port);
    }

    private static EgressTarget ipv4(String text, String host, int port) {
        String[] parts = host.split("/", -1);
        int length = parts.length < 2 ? 32 : Integer.parseInt(parts[1]);
        Ipv4Address address;
        try {
            address = Ipv4Address.parse(parts[0]);
        } catch (IllegalArgumentException e) {
            throw wrong(text, "is not an IPv4 address: write four numbers from 0 to 255 with dots between them");
        }
        if (length > 32 || length == 0 && address.bits() != 0) {
            throw wrong(text, "has a prefix of " + length + " bits: write 0.0.0.0/0, or 1 to 32 bits");
        }
        int mask = length == 0 ? 0 : -1 << 32 - length;
        if ((address.bits() & ~mask) != 0) {
            throw wrong(
                    text,
                    "has bits behind its prefix; did you mean " + new Ipv4Address(address.bits() & mask) + "/" + length
                            + "?");
        }
        return new EgressTarget(Kind.IPV4, address + "/" + length, port);
    }

    private static EgressTarget ipv6(String text, String host, int port) {
        String[] parts = host.split("/", -1);
        int length = parts.length < 2 ? 128 : Integer.parseInt("0" + parts[1]);
        boolean form = IPV6.matcher(host).matches() && length <= 128 && isAddress(parts[0]);
        if (!form) {
            throw wrong(text, "is not an IPv6 address: write 2001:db8::/32, or [2001:db8::1]:443 with a port");
        }
        return new EgressTarget(Kind.IPV6, parts[0] + "/" + length, port);
    }

    /** Eight groups, or fewer with one {@code ::} (RFC 4291 §2.2); without an IPv4 address at the end. */
    private static boolean isAddress(String text) {
        int gap = text.indexOf("::");
        boolean twice = gap >= 0 && text.indexOf("::", gap + 1) >= 0;
        List<String> groups = List.of(text.split(":", -1));
        long given = groups.stream().filter(group -> !group.isEmpty()).count();
        boolean ends = gap == 0 || !text.startsWith(":");
        boolean closes = gap == text.length() - 2 || !text.endsWith(":");
        return !twice
                && ends
                && closes
                && groups.stream().allMatch(group -> group.matches("[0-9a-f]{0,4}"))
                && (gap >= 0 ? given < 8 : given == 8 && groups.size() == 8);
    }

    private static int port(String text, String port) {
        if (!port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > 65535) {
            throw wrong(text, "has no port from 1 to 65535 behind the colon");
        }
        return Integer.parseInt(port);
    }

    private static IllegalArgumentException wrong(String text, String why) {
        return new IllegalArgumentException("\"" + text + "\" " + why);
    }

    /** Whether it is one or several names, which are asked for, and not addresses. */
    public boolean isName() {
        return kind == Kind.NAME || kind == Kind.BELOW;
    }

    /** As it is written. */
    @Override
    public String toString() {
        String written = kind == Kind.BELOW ? "*." + host : host;
        return port == 0 ? written : (kind == Kind.IPV6 ? "[" + written + "]" : written) + ":" + port;
    }
}
