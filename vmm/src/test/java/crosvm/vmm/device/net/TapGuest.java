package crosvm.vmm.device.net;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A card's driver whose guest is a network namespace of this machine's: what the namespace sends on a tap of its own goes to
 * the card's transmit queue as it is, header and all, and what the card receives goes to that tap. Buffers, notifications
 * and their suppression are as Linux's driver has them: mergeable buffers of a page's half, frames in pages, event indices.
 */
final class TapGuest implements Runnable {
    private static final int RING = 256;
    private static final int RECEIVE_BUFFER = 2048;
    private static final int PIECE = 4096;
    private static final int PIECES = Frame.MAX_SIZE / PIECE + 1;
    /** Frames on their way out at once: their pieces fit the ring. */
    private static final int SENDING = RING / PIECES;

    private static final long TRANSMIT_RING = 0x4000;
    private static final long RECEIVE_RING = 0x1000;
    private static final long RECEIVE_DATA = 0x100000;
    private static final long TRANSMIT_DATA = 0x200000;
    static final int MEMORY = 0x200000 + SENDING * PIECES * PIECE;

    private final GuestMemory memory;
    private final Tap tap;
    private final DriverQueue receive;
    private final DriverQueue transmit;
    private final EventFd[] kicks = {EventFd.create("receive kick"), EventFd.create("transmit kick")};
    private final EventFd[] calls = {EventFd.create("receive call"), EventFd.create("transmit call")};
    private final EventFd end = EventFd.create("end");
    private final IoVectors vectors = new IoVectors(RING);
    private final Deque<Long> free = new ArrayDeque<>();
    private final Deque<Long> sending = new ArrayDeque<>();
    private int received;
    private int sent;
    private int receiveOffered;
    private int transmitOffered;
    /** Bytes of the longest frame each way, header included. */
    volatile int longestIn;

    volatile int longestOut;

    /** Starts the card's first pair of queues; {@link #run} serves them until {@link #stop}. */
    TapGuest(VirtioBackend card, GuestMemory memory, Tap tap) {
        this.memory = memory;
        this.tap = tap;
        receive = new DriverQueue(memory, RECEIVE_RING, RING);
        transmit = new DriverQueue(memory, TRANSMIT_RING, RING);
        for (int i = 0; i < SENDING; i++) {
            free.add(TRANSMIT_DATA + (long) i * PIECES * PIECE);
        }
        for (int i = 0; i < RING; i++) {
            offerReceive(i);
        }
        card.startQueue(0, receive.vring(), kicks[0], calls[0]);
        card.startQueue(1, transmit.vring(), kicks[1], calls[1]);
    }

    void stop() {
        end.signal();
    }

    @Override
    public void run() {
        PollSet ready = PollSet.readable(
                end.fd().number(),
                calls[0].fd().number(),
                calls[1].fd().number(),
                tap.queues().get(0).number());
        while (true) {
            boolean busy = takeReceived() | send();
            ready.watch(3, sending.size() < SENDING ? tap.queues().get(0).number() : -1, PollSet.READABLE);
            if (ready.await(busy ? 0 : -1)) {
                if (ready.ready(0)) {
                    return;
                }
                calls[0].drain();
                calls[1].drain();
            }
        }
    }

    private void offerReceive(int number) {
        receive.offer(in(RECEIVE_DATA + (long) number * RECEIVE_BUFFER, RECEIVE_BUFFER));
        receiveOffered = receiveOffered + 1 & 0xffff;
    }

    /** Hands whole frames on, then asks to be told of the next. @return whether there was any */
    private boolean takeReceived() {
        boolean any = false;
        int before = receiveOffered;
        while (receive.usedIndex() != received) {
            any = true;
            long first = RECEIVE_DATA + (long) receive.usedId(received) * RECEIVE_BUFFER;
            int count = memory.u16(first + Frame.NUM_BUFFERS);
            int length = 0;
            vectors.clear();
            for (int i = 0; i < count; i++) {
                int at = received + i & 0xffff;
                int part = receive.usedLength(at);
                vectors.add(memory.hostAddress(RECEIVE_DATA + (long) receive.usedId(at) * RECEIVE_BUFFER, part), part);
                length += part;
            }
            long written = vectors.write(tap.queues().get(0));
            if (written != length) {
                throw new IllegalStateException("a frame of " + length + " bytes in " + count + " buffers: " + written);
            }
            longestIn = Math.max(longestIn, length);
            for (int i = 0; i < count; i++) {
                offerReceive(receive.usedId(received + i & 0xffff));
            }
            received = received + count & 0xffff;
        }
        receive.setUsedEvent(received);
        kick(0, receive, before, receiveOffered);
        return any || receive.usedIndex() != received;
    }

    private boolean send() {
        while (transmit.usedIndex() != sent) {
            free.add(sending.remove());
            sent = sent + 1 & 0xffff;
        }
        transmit.setUsedEvent(sent);
        int before = transmitOffered;
        boolean any = false;
        while (!free.isEmpty()) {
            long at = free.element();
            vectors.clear();
            vectors.add(memory.hostAddress(at, Frame.MAX_SIZE), Frame.MAX_SIZE);
            int length = (int) vectors.read(tap.queues().get(0));
            if (length <= 0) {
                break;
            }
            longestOut = Math.max(longestOut, length);
            DriverQueue.Buffer[] pieces = new DriverQueue.Buffer[(length + PIECE - 1) / PIECE];
            for (int i = 0; i < pieces.length; i++) {
                pieces[i] = out(at + (long) i * PIECE, Math.min(PIECE, length - i * PIECE));
            }
            transmit.offer(pieces);
            sending.add(free.remove());
            transmitOffered = transmitOffered + 1 & 0xffff;
            any = true;
        }
        kick(1, transmit, before, transmitOffered);
        return any || transmit.usedIndex() != sent;
    }

    /** As vring_need_event of virtio 1.2 §2.7.10 has it. */
    private void kick(int queue, DriverQueue ring, int before, int after) {
        VarHandle.fullFence();
        int event = ring.availableEvent();
        if (before != after && (after - event - 1 & 0xffff) < (after - before & 0xffff)) {
            kicks[queue].signal();
        }
    }
}
