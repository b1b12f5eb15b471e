package crosvm.vmm.storage;

import crosvm.vmm.VmmException;

/** A command that qemu-storage-daemon has refused, or to which it gave no answer. */
public final class QmpException extends VmmException {
    private static final long serialVersionUID = 1;

    QmpException(String message) {
        super(message);
    }
}
