package crosvm.vmm.vhostuser;

import crosvm.vmm.VmmException;

/** The other side of a vhost-user connection broke the protocol, does not answer, or cannot do what is needed. */
public final class VhostUserException extends VmmException {
    public VhostUserException(String message) {
        super(message);
    }
}
