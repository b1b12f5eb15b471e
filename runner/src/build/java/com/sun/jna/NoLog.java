package com.sun.jna;

/**
 * What JNA logs with instead of java.util.logging, of which nobody sees anything: what goes wrong is thrown. Starting that takes 10 to 20 ms of
 * processor time in each process on Java 17. The methods are those of {@link java.util.logging.Logger} that JNA calls.
 */
public final class NoLog {
    private static final NoLog ONE = new NoLog();

    private NoLog() {}

    /** One for all. */
    public static NoLog getLogger(String name) {
        return ONE;
    }

    /** Nothing is. */
    public boolean isLoggable(Level level) {
        return false;
    }

    /** Writes nothing. */
    public void log(Level level, String message) {}

    /** Writes nothing. */
    public void log(Level level, String message, Object value) {}

    /** Writes nothing. */
    public void log(Level level, String message, Object[] values) {}

    /** Writes nothing. */
    public void log(Level level, String message, Throwable thrown) {}

    /** Those of {@link java.util.logging.Level}; none counts. */
    public static final class Level {
        /** What is wrong. */
        public static final Level SEVERE = new Level();
        /** What may be wrong. */
        public static final Level WARNING = new Level();
        /** What is worth knowing. */
        public static final Level INFO = new Level();
        /** What is set. */
        public static final Level CONFIG = new Level();
        /** What is done. */
        public static final Level FINE = new Level();
        /** In more words. */
        public static final Level FINER = new Level();
        /** In most. */
        public static final Level FINEST = new Level();

        private Level() {}
    }
}
