package crosvm.runner.metrics;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a server listens, as a user writes it: {@code PORT}, {@code ADDRESS:PORT} or {@code [ADDRESS]:PORT}. */
public final class ListenAddress {
    private static final Pattern FORM =
            Pattern.compile("(?:(?:\\[([0-9a-fA-F:.]+)\\]|([0-9.]+)|(localhost)):)?([0-9]{1,5})");
    private static final int MAX_PORT = 65_535;

    private ListenAddress() {}

    /**
     * Reads it. Without an address it is the IPv4 loopback; names are not looked up. Port 0 is any free one.
     *
     * @throws IllegalArgumentException with a message for the user when it is not of that form
     */
    public static InetSocketAddress of(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || Integer.parseInt(form.group(4)) > MAX_PORT) {
            throw invalid(text);
        }
        String host = form.group(1) != null ? form.group(1) : form.group(2);
        try {
            return new InetSocketAddress(
                    InetAddress.getByName(host == null ? "127.0.0.1" : host), Integer.parseInt(form.group(4)));
        } catch (UnknownHostException e) {
            throw invalid(text);
        }
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("--listen " + text
                + ": invalid address; use PORT (on 127.0.0.1), ADDRESS:PORT or [ADDRESS]:PORT with a numeric address");
    }
}
