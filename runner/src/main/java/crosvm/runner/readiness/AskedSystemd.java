package crosvm.runner.readiness;

import crosvm.vmm.FailureReason;
import crosvm.vmm.PrintableText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A guest's systemd that is asked: a command in the guest, which waits for the end of the boot and then tells how it went
 * (systemctl(1), {@code is-system-running --wait}). For systemd before 254, which does not say by itself that it is ready. Whatever
 * the guest answers, no more than a few lines of it are kept.
 */
final class AskedSystemd implements ReadySign {
    /** What a guest runs to answer. */
    static final List<String> QUESTION = List.of("systemctl", "is-system-running", "--wait");

    private static final int MAX_ANSWER = 4096;
    private static final int MAX_LINE = 200;
    private static final long FIRST_PAUSE_MILLISECONDS = 1_000;
    private static final long LONGEST_PAUSE_MILLISECONDS = 30_000;

    private final List<String> command;
    private final ReadySign door;
    private volatile @Nullable Process asking;
    private CompletableFuture<String> answer = new CompletableFuture<>();
    private long pause = FIRST_PAUSE_MILLISECONDS;
    private long next = System.nanoTime();
    private String missing = "";
    private String said = "";
    private boolean closed;

    /**
     * Asks nothing yet.
     *
     * @param command a program of the host that runs {@link #QUESTION} in the guest
     * @param door what shows that the guest may be asked; until then nothing is run
     */
    AskedSystemd(List<String> command, ReadySign door) {
        this.command = List.copyOf(command);
        this.door = door;
    }

    @Override
    public @Nullable String look(int patienceMilliseconds) throws InterruptedException {
        Process process = asking;
        if (process == null) {
            if (System.nanoTime() - next < 0) {
                Thread.sleep(patienceMilliseconds);
                return missing;
            }
            String shut = door.look(patienceMilliseconds);
            return shut == null ? ask() : shut;
        }
        if (!process.waitFor(patienceMilliseconds, TimeUnit.MILLISECONDS)) {
            return "its systemd, asked over ssh, has not finished the boot";
        }
        asking = null;
        String text = answer.join();
        if (isBooted(text)) {
            return null;
        }
        missing = "its systemd, asked over ssh, does not say that the boot is finished: "
                + (text.isEmpty() ? "status " + process.exitValue() : text);
        next = System.nanoTime() + pause * 1_000_000;
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS);
        return missing;
    }

    /** The states after a boot: with failed units it is over, too. */
    private boolean isBooted(String text) {
        said = text.equals("degraded") ? "degraded: some of its units have failed" : "";
        return text.equals("running") || text.equals("degraded");
    }

    private synchronized @Nullable String ask() {
        if (closed) {
            return missing;
        }
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            answer = CompletableFuture.supplyAsync(() -> firstLine(process), task -> {
                Thread reader = new Thread(task, "readiness-answer");
                reader.setDaemon(true);
                reader.start();
            });
            asking = process;
            return "its systemd, asked over ssh, has not finished the boot";
        } catch (IOException e) {
            missing = "its systemd cannot be asked over ssh: " + FailureReason.of(e);
            next = System.nanoTime() + pause * 1_000_000;
            return missing;
        }
    }

    /** Reads to the end, so that nothing is stuck; a program that does not stop talking is ended. */
    private static String firstLine(Process process) {
        try (InputStream in = process.getInputStream()) {
            byte[] bytes = in.readNBytes(MAX_ANSWER);
            if (bytes.length == MAX_ANSWER) {
                process.destroy();
            }
            String line = new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .map(each -> PrintableText.line(each, " ").strip())
                    .filter(each -> !each.isEmpty())
                    .findFirst()
                    .orElse("");
            return line.substring(0, Math.min(line.length(), MAX_LINE)).replaceFirst("^crosvm: ", "");
        } catch (IOException e) {
            return FailureReason.of(e);
        }
    }

    @Override
    public String said() {
        return said;
    }

    @Override
    public synchronized void close() {
        closed = true;
        Process process = asking;
        if (process != null) {
            process.destroy();
        }
        door.close();
    }
}
