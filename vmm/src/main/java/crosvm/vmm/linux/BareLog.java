package crosvm.vmm.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The log of the program and of its device processes: bare lines to standard error. Not by {@code System.getLogger}, which looks
 * through every jar of the class path for somebody who logs, 40 ms of processor time in each process, nor by java.util.logging's
 * handlers, which write two lines and dates, for which they open the time zone's file, which a jail does not have. What is less
 * than {@link System.Logger.Level#INFO} is not written. Any thread.
 */
public final class BareLog implements System.Logger {
    private static final List<BiConsumer<String, String>> LISTENERS = new CopyOnWriteArrayList<>();

    private final String name;

    private BareLog(String name) {
        this.name = name;
    }

    /** Bound to libc when first used, so that whoever logs nothing does without. */
    private static final class StandardError {
        static final FdChannel CHANNEL = FdChannel.over(2, "standard error");
    }

    /** The log of what a class has to say. */
    public static System.Logger of(Class<?> speaker) {
        return new BareLog(speaker.getName());
    }

    /** Loads everything that is needed to write a line, before a jail's door closes. */
    public static void prepare() {
        new BareLog("")
                .log(
                        Level.DEBUG,
                        line("warm", StandardError.CHANNEL.isOpen() ? "" : " closed")
                                .toString());
    }

    /** Writes a line of its own. */
    public static void tell(String text) {
        ByteBuffer line = line("crosvm: ", text);
        synchronized (StandardError.CHANNEL) {
            StandardError.CHANNEL.write(line);
        }
    }

    /**
     * Has {@code listener} told of every line that is logged from now on, too: the speaker's class and the text.
     *
     * @return ends that
     */
    public static Listening listen(BiConsumer<String, String> listener) {
        LISTENERS.add(listener);
        return () -> LISTENERS.remove(listener);
    }

    /** Somebody listens until this is closed. */
    public interface Listening extends AutoCloseable {
        @Override
        void close();
    }

    private static ByteBuffer line(String before, String text) {
        return ByteBuffer.wrap((before + text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public boolean isLoggable(Level level) {
        return level != Level.OFF && level.getSeverity() >= Level.INFO.getSeverity();
    }

    @Override
    public void log(Level level, @Nullable ResourceBundle bundle, String message, @Nullable Throwable thrown) {
        if (isLoggable(level)) {
            for (BiConsumer<String, String> listener : LISTENERS) {
                listener.accept(name, message);
            }
            tell(message + (thrown == null ? "" : ": " + thrown));
        }
    }

    /** Messages are whole: there is nothing to put into them. */
    @Override
    public void log(Level level, @Nullable ResourceBundle bundle, String format, @Nullable Object... params) {
        log(level, bundle, format, (Throwable) null);
    }
}
