package crosvm.vmm.virtio.remote;

import crosvm.vmm.LittleEndian;
import crosvm.vmm.vhostuser.ConfigAccess;
import crosvm.vmm.vhostuser.ProtocolFeature;
import crosvm.vmm.vhostuser.Request;
import crosvm.vmm.vhostuser.VhostUserException;
import org.jspecify.annotations.Nullable;

/**
 * A remote device's configuration space, kept here so that the guest's reads cost no message: fetched when first read
 * and again after the back-end has announced a change. Used by one thread at a time, except {@link #invalidate()}.
 */
final class RemoteConfig {
    private final RemoteDevice device;
    private final FrontEnd frontEnd;
    private byte[] bytes;
    private volatile boolean stale;
    private volatile @Nullable Known known;

    /** A number that is known better here. */
    private record Known(int offset, int size, long value) {}

    /** @throws VhostUserException when the space can be had neither from the back-end nor from us */
    RemoteConfig(RemoteDevice device, FrontEnd frontEnd) {
        this.device = device;
        this.frontEnd = frontEnd;
        byte[] local = device.localConfig();
        bytes = local == null ? new byte[device.configSize()] : local.clone();
        stale = local == null && bytes.length > 0;
        if (stale && !frontEnd.has(ProtocolFeature.CONFIG)) {
            throw new VhostUserException(
                    "its process does not offer the protocol feature CONFIG, without which it cannot be used");
        }
    }

    /** Any thread. */
    void invalidate() {
        stale = device.localConfig() == null && bytes.length > 0;
    }

    /** What is at {@code offset} from now on, whatever the process says. Any thread. */
    void override(int offset, int size, long value) {
        known = new Known(offset, size, value);
        invalidate();
    }

    /** @return the value last known when it cannot be fetched any more */
    long cached(int offset, int size) {
        return LittleEndian.get(bytes, offset, size);
    }

    long read(int offset, int size) {
        if (stale) {
            stale = false; // Before the fetch: a change announced meanwhile must lead to another one.
            int length = bytes.length;
            ConfigAccess all = new ConfigAccess(0, ConfigAccess.WRITABLE, new byte[length]);
            ConfigAccess answer = ConfigAccess.decode(
                    frontEnd.get(Request.GET_CONFIG, all.encode(), all.encode().capacity()));
            if (answer.offset() != 0) {
                throw new VhostUserException(
                        "its process answers GET_CONFIG at 0 with the bytes at " + answer.offset());
            }
            bytes = answer.bytes();
            Known better = known;
            if (better != null) {
                LittleEndian.put(bytes, better.offset(), better.size(), better.value());
            }
        }
        return cached(offset, size);
    }

    void write(int offset, int size, long value) {
        if (device.localConfig() != null) {
            return; // Nothing in it is the driver's to write.
        }
        byte[] written = new byte[size];
        LittleEndian.put(written, 0, size, value);
        invalidate();
        frontEnd.tell(Request.SET_CONFIG, new ConfigAccess(offset, ConfigAccess.WRITABLE, written).encode());
    }
}
