package crosvm.vmm.device.wl;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;

/**
 * One command of the guest, parsed and checked without touching anything of the host. Reused for every command; belongs to
 * the device's worker.
 */
final class WlCommand {
    private final int[] ids = new int[WlProtocol.MAX_FDS];
    private int verdict;
    private int type;
    private int id;
    private int flags;
    private long size;
    private int idCount;
    private long dataOffset;
    private long dataLength;

    /** Takes a chain apart; {@link #verdict} says whether it is a command. */
    void parse(DescriptorChain chain, GuestMemory memory) throws QueueBroken {
        type = 0;
        id = 0;
        flags = 0;
        size = 0;
        idCount = 0;
        dataOffset = 0;
        dataLength = 0;
        verdict = WlProtocol.RESP_INVALID_TYPE;
        if (chain.readableBytes() < WlProtocol.TYPE_SIZE) {
            return;
        }
        type = (int) chain.getReadable(0, 4);
        switch (type) {
            case WlProtocol.VFD_NEW -> parseNew(chain, WlProtocol.NEW_SIZE);
            case WlProtocol.VFD_NEW_PIPE -> parseNew(chain, WlProtocol.SEND_SIZE);
            case WlProtocol.VFD_NEW_CTX -> parseNew(chain, WlProtocol.VFD_SIZE);
            case WlProtocol.VFD_CLOSE -> parseClose(chain, memory);
            case WlProtocol.VFD_SEND -> parseSend(chain);
            // ENOTTY for the driver's user, by which sommelier sees what this device does not have.
            default -> verdict = WlProtocol.RESP_INVALID_CMD;
        }
    }

    /** The answer has a whole vfd in it, so there must be room for that before anything is made. */
    private void parseNew(DescriptorChain chain, int needed) throws QueueBroken {
        if (chain.readableBytes() < needed || chain.writableBytes() < WlProtocol.NEW_SIZE) {
            return;
        }
        id = (int) chain.getReadable(8, 4);
        flags = needed > 12 ? (int) chain.getReadable(12, 4) : 0;
        size = needed > 24 ? chain.getReadable(24, 4) : 0;
        verdict = id >= 0 && id < WlProtocol.FIRST_HOST_ID ? WlProtocol.RESP_OK : WlProtocol.RESP_INVALID_ID;
    }

    /**
     * The first driver gave its CLOSE a length of 8, header only, and had the id right behind it in its memory. So it is
     * looked for there, if there is memory there.
     */
    private void parseClose(DescriptorChain chain, GuestMemory memory) throws QueueBroken {
        if (chain.readableBytes() >= WlProtocol.VFD_SIZE) {
            id = (int) chain.getReadable(8, 4);
            verdict = WlProtocol.RESP_OK;
        } else if (chain.readableBytes() == WlProtocol.HEADER && memory.contains(chain.readableEnd(), 4)) {
            id = memory.u32(chain.readableEnd());
            verdict = WlProtocol.RESP_OK;
        }
    }

    private void parseSend(DescriptorChain chain) throws QueueBroken {
        if (chain.readableBytes() < WlProtocol.SEND_SIZE) {
            return;
        }
        id = (int) chain.getReadable(8, 4);
        long count = chain.getReadable(12, 4);
        if (count > WlProtocol.MAX_FDS || WlProtocol.SEND_SIZE + 4 * count > chain.readableBytes()) {
            return;
        }
        for (int i = 0; i < count; i++) {
            ids[i] = (int) chain.getReadable(WlProtocol.SEND_SIZE + 4L * i, 4);
        }
        idCount = (int) count;
        dataOffset = WlProtocol.SEND_SIZE + 4 * count;
        dataLength = chain.readableBytes() - dataOffset;
        // Descriptors travel with a byte, or not at all.
        verdict = idCount > 0 && dataLength == 0 ? WlProtocol.RESP_INVALID_TYPE : WlProtocol.RESP_OK;
    }

    /** {@link WlProtocol#RESP_OK} when it is a command that can be tried, else the answer. */
    int verdict() {
        return verdict;
    }

    int type() {
        return type;
    }

    int id() {
        return id;
    }

    int flags() {
        return flags;
    }

    /** Bytes asked for by VFD_NEW, 0 to 2^32 - 1. */
    long size() {
        return size;
    }

    /** How many vfds go along with VFD_SEND, 0 to {@link WlProtocol#MAX_FDS}. */
    int idCount() {
        return idCount;
    }

    int id(int i) {
        return ids[i];
    }

    /** Where the data of VFD_SEND starts in the readable bytes. */
    long dataOffset() {
        return dataOffset;
    }

    long dataLength() {
        return dataLength;
    }
}
