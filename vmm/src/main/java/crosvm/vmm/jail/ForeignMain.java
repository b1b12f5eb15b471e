package crosvm.vmm.jail;

import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.ProgramImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The program in a jail that becomes somebody else's: it closes the jail's door, by which its filter binds whatever this process
 * is from then on, and makes way. Its arguments are how many descriptors it is handed on, and the command line.
 */
public final class ForeignMain {
    private static final int FAILED = 3;
    private static final Map<String, String> ENVIRONMENT = Map.of("LC_ALL", "C.UTF-8");

    private ForeignMain() {}

    /** Returns only by ending with status {@value #FAILED}. */
    public static void main(String[] arguments) {
        try {
            int handed = Integer.parseInt(arguments[0]);
            List<String> command = List.of(arguments).subList(1, arguments.length);
            JailDoor door = JailDoor.prepare();
            ProgramImage image = ProgramImage.prepare(command, ENVIRONMENT, JailProgram.FIRST_DESCRIPTOR + handed);
            door.close();
            image.replaceThisProcess();
        } catch (Throwable e) {
            String said = "crosvm: " + String.join(" ", arguments) + ": " + e + "\n";
            FdChannel.over(2, "standard error").write(ByteBuffer.wrap(said.getBytes(StandardCharsets.UTF_8)));
        } finally {
            JailDoor.leave(FAILED);
        }
    }
}
