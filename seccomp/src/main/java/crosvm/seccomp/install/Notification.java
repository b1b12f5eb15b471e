package crosvm.seccomp.install;

import crosvm.seccomp.filter.SeccompData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A system call that waits for an answer: struct seccomp_notif of linux/seccomp.h, read from the descriptor of
 * {@link InstallableFilter#installOnAllThreadsWithListener}.
 *
 * @param id names it to the kernel
 * @param thread who makes it, in the reader's pid namespace; 0 when it is not in there
 * @param call what it is
 */
public record Notification(long id, int thread, SeccompData call) {

    /** SECCOMP_IOCTL_NOTIF_RECV and _SEND: _IOWR('!', 0, struct seccomp_notif), _IOWR('!', 1, struct seccomp_notif_resp). */
    private static final long RECEIVE = 0xc050_2100L;

    private static final long SEND = 0xc018_2101L;

    /** SECCOMP_IOCTL_NOTIF_ID_VALID and _ADDFD: _IOW('!', 2, __u64), _IOW('!', 3, struct seccomp_notif_addfd). */
    private static final long ID_VALID = 0x4008_2102L;

    private static final long ADD_DESCRIPTOR = 0x4018_2103L;

    /** sizeof(struct seccomp_notif) is 80 and may grow; sizeof(struct seccomp_notif_resp) is 24. */
    private static final int ROOM = 256;

    private static final int DATA = 16;
    private static final int INSTRUCTION_POINTER = DATA + 8;
    private static final int ARGUMENTS = DATA + 16;
    private static final int RESPONSE_VALUE = 8;
    private static final int RESPONSE_ERROR = 16;
    private static final int RESPONSE_FLAGS = 20;
    private static final int ADDED_SOURCE = 12;
    private static final int ADDED_FLAGS = 20;
    private static final int O_CLOEXEC = 0x80000;
    private static final int EMFILE = 24;
    private static final int SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;

    /**
     * Takes the next one. Waits when there is none, which poll(2) tells beforehand.
     *
     * @return null when the call has been given up meanwhile
     */
    public static @Nullable Notification receive(int listener) {
        ByteBuffer raw = ByteBuffer.allocateDirect(ROOM).order(ByteOrder.LITTLE_ENDIAN);
        if (Calls.ioctl(listener, RECEIVE, Calls.addressOf(raw)) != 0) {
            return null;
        }
        long[] arguments = new long[6];
        Arrays.setAll(arguments, i -> raw.getLong(ARGUMENTS + i * Long.BYTES));
        SeccompData call = new SeccompData(
                raw.getInt(DATA),
                raw.getInt(DATA + 4),
                raw.getLong(INSTRUCTION_POINTER),
                arguments[0],
                arguments[1],
                arguments[2],
                arguments[3],
                arguments[4],
                arguments[5]);
        return new Notification(raw.getLong(0), raw.getInt(8), call);
    }

    /** Has the call carried out after all. */
    public void letThrough(int listener) {
        ByteBuffer answer = ByteBuffer.allocateDirect(ROOM).order(ByteOrder.LITTLE_ENDIAN);
        answer.putLong(0, id).putInt(RESPONSE_FLAGS, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
        Calls.ioctl(listener, SEND, Calls.addressOf(answer)); // Who made it may have died meanwhile.
    }

    /** Whether the maker still waits; only then is what was read of its memory its own and not another process's. */
    public boolean isWaiting(int listener) {
        return Calls.ioctl(listener, ID_VALID, Calls.addressOf(ofThis())) == 0;
    }

    /**
     * Has the call fail.
     *
     * @param errno positive
     */
    public void fail(int listener, int errno) {
        Calls.ioctl(listener, SEND, Calls.addressOf(ofThis().putInt(RESPONSE_ERROR, -errno)));
    }

    /**
     * Has the call return a descriptor of its maker's for an open file of ours, close-on-exec. Ours stays ours. A maker that
     * has no room for another descriptor gets EMFILE.
     */
    public void returnDescriptor(int listener, int descriptor) {
        ByteBuffer added = ofThis().putInt(ADDED_SOURCE, descriptor).putInt(ADDED_FLAGS, O_CLOEXEC);
        int number = Calls.ioctl(listener, ADD_DESCRIPTOR, Calls.addressOf(added));
        if (number < 0) {
            fail(listener, EMFILE);
        } else {
            Calls.ioctl(listener, SEND, Calls.addressOf(ofThis().putLong(RESPONSE_VALUE, number)));
        }
    }

    private ByteBuffer ofThis() {
        return ByteBuffer.allocateDirect(ROOM).order(ByteOrder.LITTLE_ENDIAN).putLong(0, id);
    }
}
