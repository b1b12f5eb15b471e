package crosvm.runner.image;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A web server that can misbehave, on a port of this host that was free. Each connection has one request and a thread. */
final class ImageServer implements AutoCloseable {
    /** What is done with a request. */
    interface Answer {
        void to(Request request, OutputStream out) throws IOException;
    }

    /** @param headers with small names */
    record Request(String method, String target, Map<String, String> headers) {
        /** Where the bytes asked for begin. */
        int from() {
            String range = headers.getOrDefault("range", "bytes=0-");
            return Integer.parseInt(range.substring(6, range.length() - 1));
        }

        boolean asksForRange() {
            return headers.containsKey("range");
        }
    }

    private final ServerSocket socket;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    ImageServer() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::accept, "image-server");
        thread.setDaemon(true);
        thread.start();
    }

    String url(String path) {
        return "http://127.0.0.1:" + socket.getLocalPort() + path;
    }

    List<Request> requests() {
        return requests;
    }

    ImageServer on(String path, Answer answer) {
        answers.put(path, answer);
        return this;
    }

    /** Serves a file as web servers do, ranges too. */
    ImageServer serve(String path, byte[] body) {
        return on(path, (request, out) -> send(request, body, out));
    }

    static void send(Request request, byte[] body, OutputStream out) throws IOException {
        int from = request.from();
        head(
                out,
                request.asksForRange() ? "206 Partial Content" : "200 OK",
                "Content-Length: " + (body.length - from),
                "Content-Range: bytes " + from + "-" + (body.length - 1) + "/" + body.length);
        out.write(body, from, body.length - from);
    }

    static void head(OutputStream out, String status, String... headers) throws IOException {
        out.write(("HTTP/1.1 " + status + "\r\nConnection: close\r\n"
                        + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Keeps a connection open without a word, until the server is closed. */
    void hang() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                open.add(client);
                Thread thread = new Thread(() -> serve(client), "image-client");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    private void serve(Socket client) {
        try (client) {
            Request request = read(client);
            requests.add(request);
            Answer answer = answers.get(request.target());
            if (answer == null) {
                head(client.getOutputStream(), "404 Not Found", "Content-Length: 0");
            } else {
                answer.to(request, client.getOutputStream());
            }
            client.getOutputStream().flush();
            client.shutdownOutput();
        } catch (SocketException e) {
            return; // The client has had enough.
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Request read(Socket client) throws IOException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
        String[] words = in.readLine().split(" ");
        Map<String, String> headers = new ConcurrentHashMap<>();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(java.util.Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Request(words[0], words[1], headers);
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
        for (Socket client : open) {
            client.close();
        }
    }
}
