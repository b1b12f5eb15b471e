package crosvm.runner.report;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard output that remembers why it could not be written, which a {@link PrintStream} alone forgets. Used by one thread.
 */
public final class Output {
    /** glibc's text of EPIPE, which is all that Java passes on. */
    private static final String BROKEN_PIPE = "Broken pipe";

    private final PrintStream stream;
    private String failure = "";

    private Output(OutputStream to) {
        stream = new PrintStream(new Watched(to), false, StandardCharsets.UTF_8);
    }

    /** This process's own. */
    public static Output ofProcess() {
        return new Output(new FileOutputStream(FileDescriptor.out));
    }

    /** Over another stream, for tests. */
    static Output over(OutputStream to) {
        return new Output(to);
    }

    /** What commands print to, in UTF-8 whatever the locale. */
    public PrintStream stream() {
        return stream;
    }

    /**
     * Flushes, and reports output that is missing. A reader that has gone away (a closed pipe) wanted no more of it.
     *
     * @param status what the command has come to
     * @return the same, or {@link ExitStatus#FAILED} for a success whose output is incomplete
     */
    public ExitStatus finish(ExitStatus status, PrintStream err) {
        stream.flush();
        if (failure.isEmpty() || failure.equals(BROKEN_PIPE)) {
            return status;
        }
        return incomplete("standard output: write: " + failure, status, err);
    }

    /**
     * Reports output that is missing.
     *
     * @param why what failed, and how
     */
    public static ExitStatus incomplete(String why, ExitStatus status, PrintStream err) {
        err.println("crosvm: " + why + ". The output is incomplete");
        return status == ExitStatus.OK ? ExitStatus.FAILED : status;
    }

    /** Notes the first failure, and writes no more after it: a part from the middle would look like the whole. */
    private final class Watched extends OutputStream {
        private final OutputStream to;

        private Watched(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (!failure.isEmpty()) {
                throw new IOException(failure);
            }
            try {
                to.write(bytes, offset, length);
            } catch (IOException e) {
                failure = String.valueOf(e.getMessage());
                throw e;
            }
        }
    }
}
