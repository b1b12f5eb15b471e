package crosvm.vmm.jail;

import crosvm.seccomp.filter.SeccompData;
import crosvm.seccomp.install.Notification;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the guard of a jail does about the calls of a program that is not ours and that are not in its policy. It carries out all
 * of them while the program starts. When the program opens the first of the files that are meant for it, the jail is closed
 * before it gets that; from then on it gets those files, opened, and the policy holds.
 */
final class ForeignCalls {
    /** x86-64's number of openat(2). */
    private static final int OPENAT = 257;

    /** Of read(2) and pread64(2). */
    private static final int READ = 0;

    private static final int PREAD = 17;
    /** Longer reads fail where what is read must be fetched first: no program that is meant makes any. */
    private static final long MOST_READ = 64 << 20;

    private static final Pattern POSITION = Pattern.compile("(?m)^pos:\\s*([0-9]{1,18})$");

    private static final int MAX_PATH = 4096;

    private final HandedFiles files;
    private final Runnable closeJail;
    private volatile boolean closed;

    /** @param closeJail called once, by the guard's thread; what it throws ends the program */
    ForeignCalls(HandedFiles files, Runnable closeJail) {
        this.files = files;
        this.closeJail = closeJail;
    }

    /** Whether the jail is closed. Any thread. */
    boolean isClosed() {
        return closed;
    }

    /** @return whether the call has been answered; if not it is forbidden. The guard's thread. */
    boolean answer(Notification call, int listener) {
        boolean opens = call.call().number() == OPENAT;
        String path = opens ? path(call) : null;
        if (opens && !call.isWaiting(listener)) {
            return true;
        }
        boolean meant = path != null && files.has(path);
        if (!closed && !meant) {
            call.letThrough(listener);
            return true;
        }
        if (!closed) {
            closeJail.run();
            closed = true;
        }
        if (opens) {
            open(call, listener, path);
        }
        return opens || read(call, listener);
    }

    /**
     * Has a read carried out once what it is about is there. Whatever the program makes of its arguments meanwhile, a part that
     * was not fetched reads as zeros.
     *
     * @return whether the call is one
     */
    private boolean read(Notification call, int listener) {
        ReadAhead content = files.readAhead();
        SeccompData data = call.call();
        if (content == null || data.number() != READ && data.number() != PREAD) {
            return false;
        }
        long length = data.argument(2);
        long position = data.number() == PREAD ? data.argument(3) : position(call);
        boolean sound = position >= 0 && length >= 0 && length <= MOST_READ;
        if (sound && content.fetch(position, length)) {
            call.letThrough(listener);
        } else {
            call.fail(listener, Errno.EIO.code());
        }
        return true;
    }

    /** Where the descriptor stands that is read from: proc(5), /proc/PID/fdinfo. Less than zero when nobody knows. */
    private static long position(Notification call) {
        int descriptor = (int) call.call().argument(0);
        try {
            Matcher position =
                    POSITION.matcher(Files.readString(Path.of("/proc/" + call.thread() + "/fdinfo/" + descriptor)));
            return position.find() ? Long.parseLong(position.group(1)) : -1;
        } catch (IOException e) {
            return -1; // It has died, or has no such descriptor.
        }
    }

    private void open(Notification call, int listener, @Nullable String path) {
        if (path == null || !files.has(path)) {
            call.fail(listener, Errno.ENOENT.code());
            return;
        }
        SeccompData data = call.call();
        try (Fd file = files.open(path, (int) data.argument(2))) {
            call.returnDescriptor(listener, file.number());
        } catch (ErrnoException e) {
            call.fail(listener, Errno.EACCES.code());
        }
    }

    /** The path that the call names; null when it cannot be read, or has no end. */
    private static @Nullable String path(Notification call) {
        byte[] bytes = new byte[MAX_PATH];
        try (RandomAccessFile memory = new RandomAccessFile("/proc/" + call.thread() + "/mem", "r")) {
            memory.seek(call.call().argument(1));
            int length = memory.read(bytes);
            for (int i = 0; i < length; i++) {
                if (bytes[i] == 0) {
                    return new String(bytes, 0, i, StandardCharsets.UTF_8);
                }
            }
            return null;
        } catch (IOException | IllegalArgumentException e) {
            return null; // It has died, or names an address that it does not have.
        }
    }
}
