package crosvm.vmm.console;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The file that a spec's port leads to: byte for byte, behind what is there already. Used by one thread. */
final class AppendedFile implements OutputFile {
    private final Path path;
    private final FileChannel channel;

    private AppendedFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** @throws VmmException naming port and file */
    static AppendedFile open(String port, Path path) {
        try {
            return new AppendedFile(
                    path,
                    FileChannel.open(
                            path, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw new VmmException(
                    "console." + port + ": " + path + " cannot be opened for writing: " + e.getMessage()
                            + ". Give a file in a folder that you may write to",
                    e);
        }
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
