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

    /** sizeof(struct seccomp_notif) is 80 and may grow; sizeof(struct seccomp_notif_resp) is 24. */
    private static final int ROOM = 256;

    private static final int DATA = 16;
    private static final int INSTRUCTION_POINTER = DATA + 8;
    private static final int ARGUMENTS = DATA + 16;
    private static final int RESPONSE_FLAGS = 20;
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
}
