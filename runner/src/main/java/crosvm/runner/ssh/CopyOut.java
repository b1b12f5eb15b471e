package crosvm.runner.ssh;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * A file or folder of a guest copied to the host. The guest is not trusted: what it sends is unpacked in a folder of its own, for this
 * user alone, where links lead nowhere yet; {@link Received} then takes from it what is harmless. Used by one thread.
 *
 * @param options of the machine
 * @param user who reads it in the guest
 * @param tell gets what was left out
 */
public record CopyOut(SshOptions options, String user, Consumer<String> tell) {
    private static final int MAX_HEADER = 16;
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);
    private static final String FOLDER = "dir";
    private static final String FILE = "file";

    /** Sends {@code dir} or {@code file} as a line, then an archive of $1: of a folder's contents, or of the file alone. */
    private static final String SEND = """
            if [ -L "$1" ] || [ ! -d "$1" ]; then
              [ -e "$1" ] || [ -L "$1" ] || { echo "$1: no such file or directory" >&2; exit 1; }
              dir=.
              case $1 in */*) dir=${1%/*}/;; esac
              echo file
              exec tar -C "$dir" -cf - "./${1##*/}"
            fi
            echo dir
            exec tar -C "$1" -cf - .""";

    /**
     * Copies.
     *
     * @param from what in the guest; relative to its user's home; a folder's contents when it ends with {@code /.}
     * @param to where; into it when it is a folder
     * @throws FailedException when one side fails; what the guest's side says goes to standard error
     * @throws UnreachableException when there is no way in
     */
    public void copy(String from, String to) {
        Path target = Path.of(to.isEmpty() ? "." : to).toAbsolutePath().normalize();
        boolean into = Files.isDirectory(target);
        if (!into && to.endsWith("/")) {
            throw new FailedException(to + ": no such folder");
        }
        Path beside = into ? target : target.getParent();
        if (beside == null || !Files.isDirectory(beside)) {
            throw new FailedException(beside + ": no such folder");
        }
        Path part = null;
        try {
            part = Files.createTempDirectory(beside, ".crosvm-cp-");
            boolean folder = receive(from, part);
            Received received = new Received(part, tell);
            received.makeHarmless();
            String base = base(from);
            if (folder) {
                boolean contents = from.endsWith("/.") || from.equals(".") || base.isEmpty();
                received.placeFolder(into && !contents ? target.resolve(base) : target);
            } else {
                received.placeFile(base, into ? target.resolve(base) : target);
            }
        } catch (IOException e) {
            throw new FailedException(to + ": cannot be written: " + FailureReason.of(e), e);
        } finally {
            if (part != null) {
                Received.delete(part);
            }
        }
    }

    /** The last name of a path. */
    static String base(String path) {
        String plain = path.replaceAll("(/+\\.?)*$", "");
        String base = plain.substring(plain.lastIndexOf('/') + 1);
        return base.equals(".") || base.equals("..") ? "" : base;
    }

    /** @return whether it is a folder */
    private boolean receive(String from, Path part) throws IOException {
        String script = ShellWords.script(SEND, List.of(from.isEmpty() ? "." : from));
        try (SshSession session =
                SshSession.start(options, List.of("-T", "-n"), user, script, Redirect.PIPE, Redirect.PIPE)) {
            InputStream in = session.process().getInputStream();
            String kind = header(in);
            boolean known = kind.equals(FOLDER) || kind.equals(FILE);
            boolean sound = kind.isEmpty() || known && unpack(in, part) == 0;
            if (!sound) {
                in.close(); // A guest that floods finds nobody to write to, and one that goes on is not waited for.
            }
            if (!sound && !session.endsWithin(LAST_WORDS)) {
                throw notAnArchive(from);
            }
            int there = session.await();
            if (sound && there != 0) {
                throw new FailedException(options.folder().name() + ":" + from + ": cannot be read (status " + there
                        + "); what the guest said stands above");
            }
            if (!sound || !known) {
                throw notAnArchive(from);
            }
            return kind.equals(FOLDER);
        }
    }

    private FailedException notAnArchive(String from) {
        return new FailedException(options.folder().name() + ":" + from
                + ": the guest has sent what is not an archive; nothing was copied");
    }

    private static String header(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            if (line.length() == MAX_HEADER) {
                return "too long";
            }
            line.append((char) next);
        }
        return line.toString();
    }

    private static int unpack(InputStream in, Path part) throws IOException {
        Process tar = new ProcessBuilder("tar", "-C", part.toString(), "-xpf", "-", "--no-same-owner")
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
        try {
            try (OutputStream to = tar.getOutputStream()) {
                in.transferTo(to);
            } catch (IOException e) {
                return Math.max(1, tar.waitFor());
            }
            return tar.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted; nothing was copied", e);
        } finally {
            tar.destroyForcibly();
        }
    }
}
