package crosvm.vmm.linux.jna;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * posix_spawn(3) and what it is told, direct-mapped. Apart from {@link LibC} because
 * {@code posix_spawn_file_actions_addclosefrom_np} came with glibc 2.34: a machine with an older one can still run everything
 * that needs no child process. All return 0 or an errno, and leave errno alone.
 */
public final class SpawnCalls {
    /** More than sizeof(posix_spawn_file_actions_t) (80) and sizeof(posix_spawnattr_t) (336) of glibc on x86-64. */
    public static final int OPAQUE_SIZE = 512;

    static {
        Native.register(SpawnCalls.class, NativeLibrary.getProcess());
    }

    private SpawnCalls() {}

    public static native int posix_spawn(
            long pid, byte[] path, long fileActions, long attributes, long arguments, long environment);

    public static native int posix_spawn_file_actions_init(long actions);

    public static native int posix_spawn_file_actions_destroy(long actions);

    public static native int posix_spawn_file_actions_adddup2(long actions, int from, int to);

    public static native int posix_spawn_file_actions_addclosefrom_np(long actions, int from);

    public static native int posix_spawn_file_actions_addchdir_np(long actions, byte[] path);

    public static native int posix_spawnattr_init(long attributes);

    public static native int posix_spawnattr_destroy(long attributes);

    public static native int posix_spawnattr_setflags(long attributes, short flags);

    public static native int posix_spawnattr_setsigdefault(long attributes, long signals);

    public static native int posix_spawnattr_setsigmask(long attributes, long signals);
}
