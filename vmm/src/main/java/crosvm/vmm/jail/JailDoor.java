package crosvm.vmm.jail;

import crosvm.seccomp.filter.BpfProgram;
import crosvm.seccomp.install.InstallableFilter;
import crosvm.seccomp.install.SeccompSupport;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.FdChannel;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * The inside's part of closing a jail. The program opens what it needs, loads and compiles what it will run, and then calls
 * {@link #close}: it says that it is warm, waits until the starter has taken the file system away, and binds all its threads
 * to the filter. Only after that may it look at a byte that a guest can influence. Used by the main thread, once.
 */
public final class JailDoor {

    /** Where the starter says that the root is gone. Readable with an end also when the starter has died: a lifeline. */
    public static final int TOLD_FROM = 3;

    /** Where the program says how far it is. */
    public static final int TELLS_TO = 4;

    static final byte WARM = 'W';
    static final byte GO = 'G';
    static final byte CLOSED = 'C';

    private final FdChannel toldFrom = FdChannel.over(TOLD_FROM, "jail door, in");
    private final FdChannel tellsTo = FdChannel.over(TELLS_TO, "jail door, out");
    private final InstallableFilter filter;

    private JailDoor(InstallableFilter filter) {
        this.filter = filter;
    }

    /** Lays the filter out, while there still is a file system to load classes from. */
    public static JailDoor prepare(BpfProgram filter) {
        return new JailDoor(InstallableFilter.prepare(filter));
    }

    /**
     * Closes the door for good.
     *
     * @param log whether the kernel is to log what the filter does not simply allow
     * @throws VmmException when the starter has gone or says something else
     * @throws crosvm.seccomp.policy.PolicyException when the kernel refuses the filter
     */
    public void close(boolean log) {
        TemporaryFiles.letGo();
        say(WARM);
        ByteBuffer word = ByteBuffer.allocate(1);
        if (toldFrom.read(word) != 1 || word.get(0) != GO) {
            throw new VmmException("the process that started this jail is gone");
        }
        filter.installOnAllThreads(log ? Set.of(SeccompSupport.Flag.LOG) : Set.of());
        say(CLOSED);
    }

    private void say(byte word) {
        tellsTo.write(ByteBuffer.wrap(new byte[] {word}));
    }
}
