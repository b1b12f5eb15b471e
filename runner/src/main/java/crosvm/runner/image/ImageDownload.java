package crosvm.runner.image;

import crosvm.vmm.FailureReason;
import crosvm.vmm.PrintableText;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongConsumer;

/** One attempt to bring what is missing of a download. Used by one thread. */
final class ImageDownload {
    private static final int CHUNK = 1 << 18;
    private static final int MAX_REDIRECTS = 10;
    private static final int PARTIAL = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final URI uri;
    private final HttpClient client;
    private final Patience patience;
    private final PartFile part;
    private final LongConsumer progress;
    /** How long the part may become. */
    private long most;

    /**
     * @param progress gets each number of bytes that came; less than zero when bytes are thrown away
     */
    ImageDownload(URI uri, HttpClient client, Patience patience, PartFile part, LongConsumer progress) {
        this.uri = uri;
        this.client = client;
        this.patience = patience;
        this.part = part;
        this.progress = progress;
    }

    /**
     * Brings the rest.
     *
     * @throws PullException when it does not come
     * @throws IOException when it cannot be written
     */
    void run() throws IOException {
        if ("file".equalsIgnoreCase(uri.getScheme())) {
            copy();
            return;
        }
        HttpResponse<InputStream> response = answer();
        try (InputStream body = response.body();
                StallGuard guard = new StallGuard(body, patience.stall())) {
            int status = response.statusCode();
            if (status == RANGE_NOT_SATISFIABLE && part.size() > 0) {
                clear();
                throw new PullException("the server's file is shorter than what has been downloaded of it", true);
            }
            if (status != 200 && status != PARTIAL) {
                throw refused(status);
            }
            if (status == 200 || !isRest(response)) {
                clear(); // The server does not know of ranges.
                if (status == PARTIAL) {
                    throw new PullException("the server has sent another part than the one asked for", true);
                }
            }
            long length = response.headers().firstValueAsLong("content-length").orElse(-1);
            requireRoom(length);
            most = length < 0 ? mostOfUnknownLength() : part.size() + length;
            receive(body, guard, length);
        }
    }

    private void copy() throws IOException {
        clear();
        Path file = Path.of(uri.getPath());
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new PullException("is not a file", false); // A device or a pipe has no end, or never begins.
        }
        try (InputStream in = Files.newInputStream(file)) {
            long length = Files.size(file);
            requireRoom(length);
            most = length;
            byte[] buffer = new byte[CHUNK];
            for (int read = read(in, buffer, 0); read > 0; read = read(in, buffer, 0)) {
                take(buffer, read);
            }
        } catch (java.nio.file.FileSystemException e) {
            throw new PullException(FailureReason.of(e), false);
        }
    }

    /** Follows redirects itself: the client's own way of giving up on them is silent. */
    private HttpResponse<InputStream> answer() throws IOException {
        Set<URI> seen = new HashSet<>();
        for (URI at = uri; ; ) {
            HttpResponse<InputStream> response = send(at);
            int status = response.statusCode();
            String location = response.headers().firstValue("location").orElse("");
            if (status < 300 || status > 308 || status == 304 || location.isEmpty()) {
                return response;
            }
            response.body().close();
            seen.add(at);
            URI next = resolve(at, location);
            if (seen.contains(next)) {
                throw new PullException("the server redirects in a loop, back to " + next, false);
            }
            if (seen.size() > MAX_REDIRECTS) {
                throw new PullException("the server redirects more than " + MAX_REDIRECTS + " times", false);
            }
            if (at.getScheme().equalsIgnoreCase("https") && !next.getScheme().equalsIgnoreCase("https")) {
                throw new PullException("the server redirects from https to " + next, false);
            }
            at = next;
        }
    }

    private static URI resolve(URI at, String location) throws PullException {
        URI next = null;
        try {
            next = at.resolve(location);
        } catch (IllegalArgumentException e) {
            next = null;
        }
        String scheme =
                next == null || next.getScheme() == null ? "" : next.getScheme().toLowerCase(Locale.ROOT);
        if (next == null || next.getHost() == null || !scheme.equals("http") && !scheme.equals("https")) {
            throw new PullException(
                    "the server redirects to \"" + PrintableText.of(location) + "\", which is not a web address",
                    false);
        }
        return next;
    }

    private HttpResponse<InputStream> send(URI at) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(at)
                .timeout(patience.connect().plus(patience.stall()))
                .header("User-Agent", "crosvm")
                .header("Accept", "*/*");
        if (part.size() > 0) {
            request.header("Range", "bytes=" + part.size() + "-");
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PullException("interrupted", false);
        } catch (HttpTimeoutException e) {
            throw new PullException("the server does not answer", true);
        } catch (ConnectException e) {
            throw new PullException(unreachable(e), true);
        } catch (IOException e) {
            throw new PullException("the connection failed: " + reason(e), true);
        }
    }

    /** The client wraps the reason in exceptions without a message. */
    private static String unreachable(ConnectException e) {
        String why = "";
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof java.nio.channels.UnresolvedAddressException
                    || cause instanceof java.net.UnknownHostException) {
                return "no host of that name is known; correct the URL, or set a proxy (https_proxy)";
            }
            if (cause.getMessage() != null) {
                why = ": " + PrintableText.of(cause.getMessage());
            }
        }
        return "no connection to the server" + (why.isEmpty() ? ": it refuses connections, or is not reachable" : why);
    }

    private static String reason(IOException e) {
        return PrintableText.of(FailureReason.of(e));
    }

    private static PullException refused(int status) {
        String meaning = switch (status) {
            case 401, 403 -> " (not allowed)";
            case 404, 410 -> " (no such file)";
            case 429 -> " (too many requests)";
            default -> status >= 500 ? " (the server failed)" : "";
        };
        return new PullException("the server answers " + status + meaning, status >= 500 || status == 429);
    }

    private boolean isRest(HttpResponse<InputStream> response) {
        return response.headers().firstValue("content-range").orElse("").startsWith("bytes " + part.size() + "-");
    }

    private long room() throws IOException {
        Path folder = part.path().getParent();
        return folder == null ? Long.MAX_VALUE : Files.getFileStore(folder).getUsableSpace();
    }

    /** A server that does not say how much is to come may send for ever: others need room, too. */
    private long mostOfUnknownLength() throws IOException {
        return Math.min(patience.mostUnannounced(), part.size() + room() / 8 * 7);
    }

    private void requireRoom(long length) throws IOException {
        long free = room();
        if (length > free) {
            throw new IOException(
                    "no space left on device: " + length + " bytes are to come, and " + free + " are free");
        }
    }

    private void receive(InputStream body, StallGuard guard, long length) throws IOException {
        byte[] buffer = new byte[CHUNK];
        long received = 0;
        int filled = 0;
        try {
            while (true) {
                int read;
                try {
                    read = body.read(buffer, filled, buffer.length - filled);
                } catch (IOException e) {
                    throw guard.hasStalled()
                            ? new PullException(
                                    "the server has sent nothing for " + seconds(patience.stall()) + " s", true)
                            : new PullException("the connection broke off: " + reason(e), true);
                }
                guard.moved();
                if (read < 0) {
                    break;
                }
                filled += read;
                received += read;
                if (filled == buffer.length) {
                    take(buffer, filled);
                    filled = 0;
                }
            }
        } finally {
            if (filled > 0) {
                take(buffer, filled);
            }
        }
        if (guard.hasStalled()) {
            throw new PullException("the server has sent nothing for " + seconds(patience.stall()) + " s", true);
        }
        if (length >= 0 && received < length) {
            throw new PullException("the connection broke off after " + received + " of " + length + " bytes", true);
        }
    }

    private static String seconds(Duration time) {
        return time.toMillis() % 1000 == 0 ? String.valueOf(time.toSeconds()) : String.valueOf(time.toMillis() / 1e3);
    }

    private static int read(InputStream in, byte[] buffer, int from) throws PullException {
        try {
            return in.read(buffer, from, buffer.length - from);
        } catch (IOException e) {
            throw new PullException("cannot be read: " + FailureReason.of(e), false);
        }
    }

    private void take(byte[] buffer, int length) throws IOException {
        if (part.size() + length > most) {
            throw new IOException("more than " + most + " bytes have come, and the "
                    + ("file".equalsIgnoreCase(uri.getScheme())
                            ? "file is still growing"
                            : "server does not say how many there are. Without a length, at most "
                                    + patience.mostUnannounced()
                                    + " bytes and seven eighths of the free space are taken"));
        }
        part.append(ByteBuffer.wrap(buffer, 0, length));
        progress.accept(length);
    }

    private void clear() throws IOException {
        progress.accept(-part.size());
        part.clear();
    }
}
