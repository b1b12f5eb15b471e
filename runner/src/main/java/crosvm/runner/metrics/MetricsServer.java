package crosvm.runner.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.metrics.Exposition.Format;
import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Serves the figures of all of a user's machines over HTTP, at {@code /metrics}: in OpenMetrics to who accepts it, else in
 * Prometheus's text format. The machines are asked at each request, but not
 * more than once a second, whoever asks; a client that sends or reads nothing is closed after ten seconds.
 */
public final class MetricsServer implements AutoCloseable {
    private static final String PATH = "/metrics";
    private static final int BACKLOG = 16;
    private static final int THREADS = 4;
    private static final long FRESH_NANOS = 1_000_000_000L;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int FAILED = 500;

    private final StateFolders folders;
    private final HttpServer server;
    private final ExecutorService threads;
    private @Nullable List<MachineFigures> last;
    private long lastTime;

    private MetricsServer(StateFolders folders, HttpServer server, ExecutorService threads) {
        this.folders = folders;
        this.server = server;
        this.threads = threads;
    }

    /**
     * Starts it.
     *
     * @throws FailedException when nothing can listen there
     */
    public static MetricsServer start(StateFolders folders, InetSocketAddress address) {
        // Read once, by the server's first use in this process: seconds.
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "10");
        System.setProperty("jdk.httpserver.maxConnections", "64");
        HttpServer http;
        try {
            http = HttpServer.create(address, BACKLOG);
        } catch (IOException e) {
            throw new FailedException(
                    "--listen " + address.getAddress().getHostAddress() + ":" + address.getPort() + ": cannot listen: "
                            + e.getMessage(),
                    e);
        }
        ExecutorService threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "metrics");
            thread.setDaemon(true);
            return thread;
        });
        MetricsServer server = new MetricsServer(folders, http, threads);
        http.setExecutor(threads);
        http.createContext("/", server::serve);
        http.start();
        return server;
    }

    /** Where it is reached, with the port that it really has. */
    public String url() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort() + PATH;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!exchange.getRequestURI().getPath().equals(PATH)) {
                answer(exchange, NOT_FOUND, "Not found. The figures are at " + PATH + ".\n");
            } else if (!Set.of("GET", "HEAD").contains(method)) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                answer(exchange, METHOD_NOT_ALLOWED, "Only GET and HEAD are supported.\n");
            } else {
                Format format =
                        accepts(exchange, "application/openmetrics-text") ? Format.OPENMETRICS : Format.PROMETHEUS;
                byte[] body;
                try {
                    body = Exposition.of(figures(), format).getBytes(StandardCharsets.UTF_8);
                } catch (FailedException e) {
                    answer(exchange, FAILED, e.getMessage() + "\n");
                    return;
                }
                exchange.getResponseHeaders().set("Content-Type", format.mediaType());
                send(exchange, OK, body);
            }
        }
    }

    private static boolean accepts(HttpExchange exchange, String type) {
        return exchange.getRequestHeaders().getOrDefault("Accept", List.of()).stream()
                .anyMatch(accept -> accept.contains(type));
    }

    private synchronized List<MachineFigures> figures() {
        List<MachineFigures> figures = last;
        if (figures == null || System.nanoTime() - lastTime > FRESH_NANOS) {
            figures = MachineFigures.ofAll(folders);
            last = figures;
            lastTime = System.nanoTime();
        }
        return figures;
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        send(exchange, status, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    /** Ends it at once. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
