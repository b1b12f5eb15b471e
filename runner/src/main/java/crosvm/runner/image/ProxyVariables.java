package crosvm.runner.image;

import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Proxies as curl takes them from the environment: {@code http_proxy}, {@code https_proxy} and {@code all_proxy}, {@code no_proxy}
 * for hosts and domains that are reached without; capital letters too, but not {@code HTTP_PROXY}, which a CGI server fills from
 * a request's header. Immutable; any thread.
 */
final class ProxyVariables extends ProxySelector {
    private final Map<String, String> environment;

    ProxyVariables(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public List<Proxy> select(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        if (isExempt(host, uri.getPort())) {
            return List.of(Proxy.NO_PROXY);
        }
        String upper = scheme.equals("http") ? "" : environment.getOrDefault("HTTPS_PROXY", "");
        String proxy = environment.getOrDefault(scheme + "_proxy", upper);
        if (proxy.isEmpty()) {
            proxy = environment.getOrDefault("all_proxy", environment.getOrDefault("ALL_PROXY", ""));
        }
        return List.of(proxy.isEmpty() ? Proxy.NO_PROXY : parse(proxy));
    }

    private static Proxy parse(String text) {
        try {
            URI uri = new URI(text.contains("://") ? text : "http://" + text);
            if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || uri.getRawUserInfo() != null) {
                throw new FailedException("the proxy \"" + uri.getScheme() + "://" + uri.getHost()
                        + "\" cannot be used: only http://HOST:PORT without a password is supported."
                        + " Correct http_proxy, https_proxy or all_proxy");
            }
            int port = uri.getPort() < 0 ? 1080 : uri.getPort(); // curl's default
            return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port));
        } catch (URISyntaxException e) {
            throw new FailedException(
                    "a proxy variable is not a URL: " + e.getReason()
                            + ". Correct http_proxy, https_proxy or all_proxy",
                    e);
        }
    }

    private boolean isExempt(String host, int port) {
        String list = environment.getOrDefault("no_proxy", environment.getOrDefault("NO_PROXY", ""));
        for (String entry : list.toLowerCase(Locale.ROOT).split("[,\\s]+")) {
            if (entry.equals("*")) {
                return true;
            }
            String name = entry.startsWith(".") ? entry.substring(1) : entry;
            boolean same = host.equals(name) || (host + ":" + port).equals(name);
            if (!name.isEmpty() && (same || host.endsWith("." + name))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // The request fails with the same exception.
    }
}
