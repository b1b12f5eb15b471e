package crosvm.runner.ssh;

import crosvm.runner.report.FailedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Another host, as users write it: {@code ssh://[USER@]HOST[:PORT]}. What it leaves out is for the user's ssh_config(5) to say. Immutable.
 *
 * @param text as it was written
 * @param user who logs in; null: as ssh has it
 * @param host a name, an address, or an alias of ssh's configuration
 * @param port 1 to 65535; -1: as ssh has it
 */
public record HostAddress(String text, @Nullable String user, String host, int port) {
    private static final int MAX_PORT = 65535;
    private static final String NAME = "[A-Za-z0-9_][A-Za-z0-9._-]*";
    private static final String IPV6 = "\\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?]";

    /**
     * Reads one.
     *
     * @param source what messages call the place that it comes from
     * @throws FailedException when it is not an address of this form
     */
    public static HostAddress parse(String text, String source) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw wrong(text, source, e);
        }
        String authority = uri.getRawAuthority();
        boolean bare = uri.getRawPath() == null
                || uri.getRawPath().isEmpty()
                || uri.getRawPath().equals("/");
        if (!"ssh".equals(uri.getScheme())
                || authority == null
                || !bare
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw wrong(text, source, null);
        }
        // Names of hosts in ssh's configuration need not be such as java.net.URI takes.
        int at = authority.lastIndexOf('@');
        String user = at < 0 ? null : authority.substring(0, at);
        String rest = authority.substring(at + 1);
        int colon = rest.lastIndexOf(':') > rest.lastIndexOf(']') ? rest.lastIndexOf(':') : rest.length();
        String host = rest.substring(0, colon);
        String port = colon < rest.length() ? rest.substring(colon + 1) : null;
        int number = port == null ? -1 : port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 0;
        boolean sound = (host.matches(NAME) || host.matches(IPV6))
                && (user == null || user.matches(NAME))
                && (port == null || number >= 1 && number <= MAX_PORT);
        if (!sound) {
            throw wrong(text, source, null);
        }
        return new HostAddress(text, user, host.startsWith("[") ? host.substring(1, host.length() - 1) : host, number);
    }

    private static FailedException wrong(String text, String source, @Nullable Throwable cause) {
        String message = source + ": \"" + text
                + "\" is not an address of a host; write ssh://USER@HOST, or ssh://USER@HOST:PORT";
        return cause == null ? new FailedException(message) : new FailedException(message, cause);
    }

    /** As words of ssh's command line, the last of which is the host. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        if (user != null) {
            words.addAll(List.of("-l", user));
        }
        if (port > 0) {
            words.addAll(List.of("-p", String.valueOf(port)));
        }
        words.addAll(List.of("--", host));
        return words;
    }

    /** What a user can run by hand to see whether the way there is open. */
    String tryIt() {
        return "ssh " + (port > 0 ? "-p " + port + " " : "") + (user == null ? "" : user + "@") + host
                + " crosvm version";
    }
}
