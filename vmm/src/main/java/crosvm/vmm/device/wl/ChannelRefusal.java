package crosvm.vmm.device.wl;

import crosvm.vmm.linux.ErrnoException;

/** The main process refuses what was asked over the channel, and has logged why: it alone knows. */
final class ChannelRefusal extends ErrnoException {
    private static final long serialVersionUID = 1;

    ChannelRefusal(int errno) {
        super("the machine's main process refuses", errno);
    }
}
