package crosvm.vmm.console;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The file that a spec's port leads to: byte for byte, behind what is there already. Opening and writing never wait: a FIFO, whose
 * reader decides how long that would be, is refused, and a device that takes nothing is a failed write. Used by one thread.
 */
final class AppendedFile implements OutputFile {
    private final Path path;
    private final Fd fd;
    private final FdChannel channel;

    private AppendedFile(Path path, Fd fd) {
        this.path = path;
        this.fd = fd;
        channel = FdChannel.withoutWaiting(fd);
    }

    /** @throws VmmException naming port and file */
    static AppendedFile open(String port, Path path) {
        String what = "console." + port + ": " + path;
        Fd fd;
        try {
            fd = Fd.open(path.toString(), Fd.O_WRONLY | Fd.O_CREAT | Fd.O_APPEND | Fd.O_NONBLOCK);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENXIO) {
                throw notAFile(what, "is a FIFO or a socket");
            }
            throw new VmmException(
                    what + ": cannot be opened for writing: " + Errno.describe(e.code())
                            + ". Choose a file in a folder that you may write to",
                    e);
        }
        try {
            FileType type = FileType.of(fd);
            if (type != FileType.REGULAR && type != FileType.OTHER) {
                throw notAFile(what, type == FileType.PIPE ? "is a FIFO" : "is a block device");
            }
            return new AppendedFile(path, fd);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static VmmException notAFile(String what, String kind) {
        return new VmmException(what + ": " + kind
                + ", not a file. For a program that reads along, use a socket: {to: socket, path: ...}");
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        try {
            channel.write(bytes);
        } catch (ErrnoException e) {
            throw new IOException(Errno.describe(e.code()), e);
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
