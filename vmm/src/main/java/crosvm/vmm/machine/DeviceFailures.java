package crosvm.vmm.machine;

import crosvm.schema.model.OnFailure;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.machine.Shutdown.Reason;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/**
 * What the end of a device's process leads to: the machine's end, or a line in the log, while the guest sees the device in
 * DEVICE_NEEDS_RESET. Any thread.
 */
record DeviceFailures(OnFailure onFailure, EndOfGuest end) implements Consumer<String> {
    private static final Logger LOG = BareLog.of(DeviceFailures.class);

    /** @param failure which device, which process, and how it ended */
    @Override
    public void accept(String failure) {
        switch (onFailure) {
            case STOP -> end.end(new Shutdown(Reason.FAILED, failure));
            case CONTINUE -> LOG.log(Level.WARNING, failure + "; the machine continues without this device");
        }
    }
}
