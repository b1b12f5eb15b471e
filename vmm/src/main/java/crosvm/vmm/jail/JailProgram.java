package crosvm.vmm.jail;

import crosvm.vmm.linux.Fd;
import java.util.List;

/**
 * What is to run in a jail.
 *
 * @param name the device's or group's, for messages
 * @param command a program's absolute path and its arguments; the program must go through {@link JailDoor}
 * @param output becomes its standard output
 * @param log becomes its standard error, and gets what building the jail has to say
 * @param policy what binds it
 * @param descriptors what it is handed, numbered from {@link #FIRST_DESCRIPTOR}; the caller keeps its own
 * @param limits what it may consume
 */
public record JailProgram(
        String name,
        List<String> command,
        JailPolicy policy,
        Fd output,
        Fd log,
        List<Fd> descriptors,
        JailLimits limits) {

    /** 0 is /dev/null, 1 the output, 2 the log, 3 the door's; what the program is for starts here. */
    public static final int FIRST_DESCRIPTOR = JailDoor.SOCKET + 1;

    public JailProgram {
        command = List.copyOf(command);
        descriptors = List.copyOf(descriptors);
    }

    /** One whose standard output goes to the log, too. */
    public JailProgram(
            String name, List<String> command, JailPolicy policy, Fd log, List<Fd> descriptors, JailLimits limits) {
        this(name, command, policy, log, log, descriptors, limits);
    }

    /** With the limits that follow from what it is handed. */
    public JailProgram(String name, List<String> command, JailPolicy policy, Fd log, List<Fd> descriptors) {
        this(name, command, policy, log, descriptors, JailLimits.of(descriptors));
    }
}
