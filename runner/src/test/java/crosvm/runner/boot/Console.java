package crosvm.runner.boot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A guest's console as it arrives, each line with its time. Filled by a thread of its own; all methods are thread-safe. */
final class Console {
    /** A line and when its first byte came. */
    record Line(Instant time, String text) {}

    private final List<Line> lines = new ArrayList<>();
    private final StringBuilder open = new StringBuilder();
    private Instant openSince = Instant.now();
    private Instant last = Instant.now();
    private boolean ended;

    Console(InputStream from) {
        Thread reader = new Thread(() -> read(from), "guest-console");
        reader.setDaemon(true);
        reader.start();
    }

    private void read(InputStream from) {
        byte[] buffer = new byte[4096];
        try (from) {
            for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                add(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            add("\n[console: " + e.getMessage() + "]\n");
        } finally {
            end();
        }
    }

    private synchronized void add(String text) {
        last = Instant.now();
        for (char c : text.toCharArray()) {
            if (c == '\n') {
                lines.add(new Line(openSince, open.toString()));
                open.setLength(0);
            } else if (c != '\r') {
                if (open.isEmpty()) {
                    openSince = last;
                }
                open.append(c);
            }
        }
        notifyAll();
    }

    private synchronized void end() {
        if (!open.isEmpty()) {
            lines.add(new Line(openSince, open.toString()));
            open.setLength(0);
        }
        ended = true;
        notifyAll();
    }

    /** Waits for a line, also an unfinished one such as a prompt, in which the pattern is found. */
    synchronized Matcher await(String regex, Duration limit) {
        Pattern pattern = Pattern.compile(regex);
        Instant deadline = Instant.now().plus(limit);
        int next = 0;
        while (true) {
            for (; next < lines.size(); next++) {
                Matcher matcher = pattern.matcher(lines.get(next).text());
                if (matcher.find()) {
                    return matcher;
                }
            }
            Matcher matcher = pattern.matcher(open.toString());
            if (matcher.find()) {
                return matcher;
            }
            long left = Duration.between(Instant.now(), deadline).toMillis();
            if (left <= 0 || ended) {
                throw new AssertionError("no line like \"" + regex + "\" "
                        + (ended ? "before the console ended" : "within " + limit.toSeconds() + " s")
                        + "; the last ones:\n"
                        + tail(25));
            }
            pause(left);
        }
    }

    private void pause(long millis) {
        try {
            wait(Math.max(1, millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** How long nothing has come. */
    synchronized Duration silence() {
        return Duration.between(last, Instant.now());
    }

    synchronized List<Line> lines() {
        return List.copyOf(lines);
    }

    /** The lines between CROSVM-BEGIN name and CROSVM-END name. */
    synchronized List<String> section(String name) {
        List<String> texts = lines.stream().map(Line::text).toList();
        int begin = texts.indexOf("CROSVM-BEGIN " + name);
        int end = texts.indexOf("CROSVM-END " + name);
        if (begin < 0 || end < begin) {
            throw new AssertionError("no section " + name + " on the console; the last lines:\n" + tail(25));
        }
        return texts.subList(begin + 1, end);
    }

    synchronized String tail(int count) {
        StringBuilder text = new StringBuilder();
        for (Line line : lines.subList(Math.max(0, lines.size() - count), lines.size())) {
            text.append("  | ").append(line.text()).append('\n');
        }
        return text.append("  | ").append(open).append('\n').toString();
    }
}
