package crosvm.runner.ssh;

import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/**
 * A file or folder of the host copied into a guest: tar(1) here, tar there, ssh in between. Links stay links, modes stay, and what
 * arrives belongs to the guest's user. A file is there whole or not at all. Used by one thread.
 *
 * @param options of the machine
 * @param user who receives it in the guest
 */
public record CopyIn(SshOptions options, String user) {
    /** Takes a folder's contents from standard input: into $1 itself, or $1/$2 when $1 exists and $3 is not "contents". */
    private static final String TAKE_FOLDER = """
            dst=$1
            if [ -d "$dst" ]; then
              [ "$3" = contents ] || dst=${dst%/}/$2
            fi
            if [ ! -d "$dst" ]; then
              mkdir "$dst" || exit 1
            fi
            exec tar -C "$dst" -xpof -""";

    /** Takes the file $2 from standard input: into the folder $1, or as $1. */
    private static final String TAKE_FILE = """
            dst=$1
            if [ -d "$dst" ]; then
              dir=$dst name=$2
            else
              name=${dst##*/}
              dir=.
              case $dst in
                */) echo "$dst: no such directory" >&2; exit 1;;
                */*) dir=${dst%/*}/;;
              esac
            fi
            [ -d "$dir" ] || { echo "$dir: no such directory" >&2; exit 1; }
            [ ! -d "${dir%/}/$name" ] || { echo "${dir%/}/$name: is a directory" >&2; exit 1; }
            part=$(mktemp -d "${dir%/}/.crosvm-cp.XXXXXX") || exit 1
            trap 'rm -rf "$part"' EXIT
            trap 'exit 1' HUP INT TERM
            tar -C "$part" -xpof - && mv -f "$part/$2" "${dir%/}/$name\"""";

    /**
     * Copies.
     *
     * @param from what; a folder's contents when it ends with {@code /.}
     * @param to where in the guest; relative to its user's home
     * @throws FailedException when one side fails; what the guest's side says goes to standard error
     * @throws UnreachableException when there is no way in
     */
    public void copy(String from, String to) {
        boolean contents = from.endsWith("/.") || from.equals(".");
        Path source = Path.of(from).toAbsolutePath().normalize();
        boolean followed = contents || from.endsWith("/");
        boolean folder = followed ? Files.isDirectory(source) : Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS);
        Path name = source.getFileName();
        if (!Files.exists(source, LinkOption.NOFOLLOW_LINKS)) {
            throw new FailedException(from + ": no such file or directory");
        }
        if (!folder && !Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(source)) {
            throw new FailedException(from + ": is neither a file, nor a folder, nor a link");
        }
        String base = name == null ? "root" : name.toString();
        String destination = to.isEmpty() ? "." : to;
        String script = folder
                ? ShellWords.script(TAKE_FOLDER, List.of(destination, base, contents ? "contents" : "itself"))
                : ShellWords.script(TAKE_FILE, List.of(destination, base));
        List<String> tar = folder
                ? List.of("tar", "-C", source.toString(), "-cf", "-", ".")
                : List.of("tar", "-C", String.valueOf(source.getParent()), "-cf", "-", "./" + base);
        run(tar, script, to);
    }

    private void run(List<String> tar, String script, String to) {
        try (SshSession session =
                SshSession.start(options, List.of("-T"), user, script, Redirect.PIPE, Redirect.INHERIT)) {
            Process packing =
                    new ProcessBuilder(tar).redirectError(Redirect.INHERIT).start();
            try {
                packing.getOutputStream().close();
                try (OutputStream guest = session.process().getOutputStream()) {
                    packing.getInputStream().transferTo(guest);
                } catch (IOException e) {
                    packing.destroy(); // The guest's side has ended, and its status tells why.
                }
                int there = session.await();
                int here = packing.waitFor();
                if (there != 0) {
                    throw new FailedException(options.folder().name() + ":" + to + ": cannot be written (status "
                            + there + "); what the guest said stands above");
                }
                if (here != 0) {
                    throw new FailedException("tar failed here (status " + here + "); the copy is incomplete");
                }
            } finally {
                packing.destroyForcibly();
            }
        } catch (IOException e) {
            throw new FailedException("tar: cannot be run: " + FailureReason.of(e) + " (Debian: apt install tar)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted; the copy is incomplete", e);
        }
    }
}
