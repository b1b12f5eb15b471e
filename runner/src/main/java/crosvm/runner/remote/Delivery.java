package crosvm.runner.remote;

import crosvm.runner.report.FailedException;
import crosvm.runner.ssh.HostAddress;
import crosvm.runner.ssh.HostSession;
import crosvm.schema.json.Json;
import crosvm.vmm.FailureReason;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An order on its way to another host, in one session: the host greets with its version and gets the order, says which files it has not,
 * gets those, and runs the words. Used by one thread.
 *
 * @param host where it goes
 * @param version this program's, which must be that host's, too
 * @param err where it is told what is being sent
 */
public record Delivery(HostAddress host, String version, PrintStream err) {
    /** The command there, with a version behind it. */
    public static final String COMMAND = "receive";

    /** What a host says first, with its version behind it. */
    private static final String GREETING = "crosvm receives, version ";

    private static final int MAX_LINE = 16 << 20;
    /** Lines that a shell's start-up files may print before the greeting. */
    private static final int MAX_NOISE = 1000;
    /** What takes a moment to send is told. */
    private static final long TOLD_BYTES = 8 << 20;

    /** The first line of a host that receives. */
    public static String greeting(String version) {
        return GREETING + version;
    }

    /**
     * Carries it out.
     *
     * @param out gets what the words print there
     * @return their status
     * @throws FailedException when the host cannot be reached, or has not this version
     */
    public int carryOut(HostOrder order, PrintStream out) {
        try (HostSession session = HostSession.start(host, false, version, 1, List.of(COMMAND, version), true)) {
            InputStream in = session.process().getInputStream();
            if (!isGreeted(in)) {
                int status = session.await();
                if (status == 1) {
                    return status; // It has told why.
                }
                throw otherVersion("another version");
            }
            try {
                send(order, in, session.process().getOutputStream());
            } catch (IOException e) {
                int status = session.await();
                if (status != 0) {
                    return status; // The host has told why it gave up.
                }
                throw new FailedException(host.text() + ": the files cannot be sent: " + FailureReason.of(e), e);
            }
            copy(in, out);
            return session.await();
        }
    }

    /** Whether that host will take the order. */
    private boolean isGreeted(InputStream in) {
        try {
            for (int i = 0; i < MAX_NOISE; i++) {
                String line = line(in);
                if (line == null) {
                    return false;
                }
                if (line.startsWith(GREETING)) {
                    String there = line.substring(GREETING.length());
                    if (!there.equals(version)) {
                        throw otherVersion("version " + there);
                    }
                    return true;
                }
            }
        } catch (IOException e) {
            return false;
        }
        return false;
    }

    private FailedException otherVersion(String there) {
        return new FailedException(host.text() + ": has " + there + " of crosvm, and this is version " + version
                + "; install the same version on both");
    }

    private void send(HostOrder order, InputStream in, java.io.OutputStream to) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to, 1 << 16));
        order.send(out);
        String reply = line(in);
        if (reply == null) {
            throw new IOException("the host has ended the session");
        }
        Map<Path, CarriedFile> known = new LinkedHashMap<>();
        order.files().forEach(file -> known.put(file.path(), file));
        List<CarriedFile> missing = missing(reply, known);
        long bytes = missing.stream().mapToLong(CarriedFile::bytes).sum();
        if (bytes >= TOLD_BYTES) {
            err.println("crosvm: " + host.text() + ": sending " + missing.size()
                    + (missing.size() == 1 ? " file, " : " files, ") + (bytes >> 20) + " MiB");
        }
        for (CarriedFile file : missing) {
            FileStream.send(file.path(), out);
        }
        out.flush();
    }

    private static List<CarriedFile> missing(String reply, Map<Path, CarriedFile> known) throws IOException {
        try {
            Object list = Json.readObject(reply).get("missing");
            if (list instanceof List<?> paths
                    && paths.stream().allMatch(path -> known.containsKey(Path.of("" + path)))) {
                return paths.stream()
                        .map(path -> Objects.requireNonNull(known.get(Path.of("" + path))))
                        .toList();
            }
        } catch (Json.Malformed e) {
            throw new IOException("the host says: " + reply, e);
        }
        throw new IOException("the host asks for files that are not the spec's");
    }

    private static void copy(InputStream in, PrintStream out) {
        byte[] piece = new byte[1 << 13];
        try {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                out.write(piece, 0, read);
                out.flush();
            }
        } catch (IOException e) {
            return; // The session's end tells why.
        }
    }

    /** Byte for byte, for what follows the line is not this method's; null at the end. */
    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                return null;
            }
            if (line.size() == MAX_LINE) {
                throw new IOException("the host says too much");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
