package crosvm.vmm.device.blk;

import crosvm.vmm.VmmException;

/** An image that another disk or machine has locked. */
public final class ImageInUseException extends VmmException {
    private static final long serialVersionUID = 1;

    ImageInUseException(String message) {
        super(message);
    }
}
