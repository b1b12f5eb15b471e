package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program of the distribution that reads one file which is not trusted, and hands its standard output out. The program has
 * namespaces of its own, no capability, no network and no device; its root has nothing but {@code /usr} and that file, at
 * {@link #FILE}, both read-only. It can write no file but its messages, and has limits on memory and processor time. It runs as the file's owner,
 * since nobody else may be able to read it. Immutable; any thread.
 */
public final class ReaderJail {
    /** Where the program finds the file. */
    public static final String FILE = "/file";

    private static final int MAX_MEMORY_MEBIBYTES = 1024;
    private static final int MAX_MESSAGE = 4096;
    private static final int CHUNK = 1 << 16;

    /** Where its root may be mounted: over one that does not hold the file. */
    private static final List<Path> PLACES = List.of(Path.of("/mnt"), Path.of("/srv"), Path.of("/tmp"));

    /**
     * Makes the root in a mount namespace of its own: {@code $1} the file, {@code $2} a folder to mount it over, behind them what is
     * to go on with. The other flags of a mount may be locked; to add some is always allowed. umount(8) needs {@code /proc}, which
     * goes last.
     */
    private static final String MAKE_ROOT = String.join(
            "; ",
            "set -e",
            "mount -t tmpfs -o nosuid,nodev,mode=755,size=64k jail \"$2\"",
            "cd \"$2\"",
            "mkdir usr proc",
            ": >file",
            "mount --bind \"$1\" file",
            "mount -o remount,bind,ro,nosuid,nodev,noexec file",
            "mount --bind /usr usr",
            "mount -o remount,bind,ro,nosuid,nodev usr",
            "mount --rbind /proc proc",
            "for d in bin sbin lib lib64; do if [ -L /$d ]; then ln -s usr/$d $d; elif [ -d /$d ]; then mkdir $d;"
                    + " mount --bind /$d $d; mount -o remount,bind,ro,nosuid,nodev $d; fi; done",
            "mount -o remount,bind,ro \"$2\"",
            "pivot_root . .",
            "umount -l /",
            "cd /",
            "umount -l /proc",
            "shift 2",
            "exec \"$@\"");

    private final JailTools tools;
    private final boolean asRoot;

    private ReaderJail(JailTools tools, boolean asRoot) {
        this.tools = tools;
        this.asRoot = asRoot;
    }

    /** @throws VmmException when this host forbids user namespaces or lacks the tools */
    public static ReaderJail ofHost() {
        UserNamespaces.ofHost().require();
        return new ReaderJail(JailTools.find(), JailedProcess.isRoot());
    }

    /**
     * Runs a program to its end.
     *
     * @param program its absolute path and arguments
     * @param out gets what it writes
     * @param limit most bytes of that
     * @param timeoutSeconds after which it is killed
     * @return what it has said on standard error, in printable characters; empty when it has succeeded
     * @throws VmmException when the jail cannot be made, or the program writes too much or takes too long
     * @throws IOException when {@code out} fails
     */
    public String run(Path file, List<String> program, OutputStream out, long limit, int timeoutSeconds)
            throws IOException {
        Path messages = Files.createTempFile("crosvm-reader", ".err");
        Process process = null;
        try {
            ProcessBuilder builder = new ProcessBuilder(command(file, program, timeoutSeconds))
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectError(messages.toFile());
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
            builder.environment().put("LC_ALL", "C.UTF-8");
            process = builder.start();
            Killer killer = new Killer(process, timeoutSeconds);
            if (!copy(process.getInputStream(), out, limit)) {
                throw new VmmException(program.get(0) + " reads more than " + limit + " bytes out of " + file);
            }
            int status = process.waitFor();
            if (killer.hasKilled()) {
                throw new VmmException(program.get(0) + " has not ended within " + timeoutSeconds + " s over " + file);
            }
            return status == 0 ? "" : message(messages, status);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmmException("interrupted while " + program.get(0) + " was reading " + file, e);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            Files.deleteIfExists(messages);
        }
    }

    /** Kills a process when its time is over; what reads from it goes on then. */
    private static final class Killer {
        private volatile boolean killed;

        Killer(Process process, int seconds) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                                killed = true;
                                process.destroyForcibly();
                            }
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "reader-timeout");
            thread.setDaemon(true);
            thread.start();
        }

        boolean hasKilled() {
            return killed;
        }
    }

    private static boolean copy(InputStream in, OutputStream out, long limit) throws IOException {
        byte[] buffer = new byte[CHUNK];
        long total = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            total += read;
            if (total > limit) {
                return false;
            }
            out.write(buffer, 0, read);
        }
        return true;
    }

    private static String message(Path file, int status) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MAX_MESSAGE), StandardCharsets.UTF_8).strip();
            String plain = text.replaceAll("[^\\x20-\\x7e]+", " ");
            return plain.isEmpty() ? "it ended with status " + status : plain;
        }
    }

    private static Path place(Path file) throws IOException {
        Path real = file.toRealPath();
        return PLACES.stream()
                .filter(place -> Files.isDirectory(place) && !real.startsWith(place))
                .findFirst()
                .orElseThrow(() -> new VmmException("none of " + PLACES + " is a folder that a jail can be made in"));
    }

    private List<String> command(Path file, List<String> program, int timeoutSeconds) throws IOException {
        List<String> line = new ArrayList<>(List.of(tools.unshare()));
        if (!asRoot) {
            line.addAll(List.of("--user", "--map-root-user"));
        }
        line.addAll(List.of("--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--"));
        line.addAll(List.of(
                tools.shell(),
                "-c",
                MAKE_ROOT,
                "jail",
                file.toString(),
                place(file).toString()));
        if (asRoot) {
            String owner = String.valueOf(Files.getAttribute(file, "unix:uid"));
            String group = String.valueOf(Files.getAttribute(file, "unix:gid"));
            line.addAll(List.of(tools.setpriv(), "--reuid=" + owner, "--regid=" + group, "--clear-groups", "--"));
            // Nobody in there: no user is mapped, so that the next exec leaves it without a capability.
            line.addAll(List.of(tools.unshare(), "--user", "--"));
        }
        line.addAll(List.of(
                tools.setpriv(),
                // Again: the kernel has forgotten unshare's when the user changed.
                "--pdeathsig=KILL",
                "--no-new-privs",
                "--bounding-set=-all",
                "--inh-caps=-all",
                "--ambient-caps=-all",
                "--"));
        line.addAll(List.of(
                tools.prlimit(),
                "--core=0",
                "--fsize=" + MAX_MESSAGE,
                "--nofile=64",
                "--cpu=" + timeoutSeconds,
                "--as=" + ((long) MAX_MEMORY_MEBIBYTES << 20),
                "--"));
        line.addAll(program);
        return line;
    }
}
