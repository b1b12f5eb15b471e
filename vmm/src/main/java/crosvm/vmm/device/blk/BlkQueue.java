package crosvm.vmm.device.blk;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One queue's requests on the disk, many at a time; the driver, who may not rely on any order between requests that are in
 * flight together (virtio 1.2 §5.2.6.2), gets them back as they end. One that comes alone is run here and now instead, which is
 * quicker by a trip through the kernel. Belongs to the queue's worker; allocates nothing per request.
 */
final class BlkQueue {
    /**
     * For so many requests after two have been in flight at a time even one that comes alone is not run at once, because others
     * would have to wait for its end.
     */
    private static final int CROWDED = 64;

    /** As from the start, so that both ways have been gone through soon. */
    private static final int FIRST = 4;

    /** How often it goes on by itself before the worker's loop has its turn. */
    private static final int MAX_TURNS = 256;

    /** Requests handed over together. Between two batches the driver hears of what has ended, and so works while we do. */
    private static final int BATCH = 8;

    private final BlockFile disk;
    private final byte[] id;
    private final DiskCommands commands;
    private final DoneRequests done;
    private final RequestTable table;
    private final RequestRunner runner;
    private final RequestPace pace = new RequestPace();
    private @Nullable GuestMemory memory;
    private int crowded = FIRST;

    /**
     * @param id what GET_ID answers, exactly as long as the specification wants it
     * @param done of the queue; taken over
     * @param table taken over
     * @param runner taken over
     */
    BlkQueue(
            BlockFile disk,
            byte[] id,
            DiskCommands commands,
            DoneRequests done,
            RequestTable table,
            RequestRunner runner) {
        this.disk = disk;
        this.id = id;
        this.commands = commands;
        this.done = done;
        this.table = table;
        this.runner = runner;
    }

    /** @param onDone handles the queue, when requests may have ended */
    void start(QueueContext context, QueueContext.Handler onDone) {
        memory = context.memory();
        runner.watch(context, onDone);
    }

    /**
     * Gives back what has ended and begins with what has come, and goes on as long as there is more within a moment: neither the
     * driver nor the kernel then has to wake the worker, nor is it woken for nothing.
     *
     * @param writeThrough whether writes must be on stable storage when they complete
     */
    void handle(SplitQueue ring, boolean writeThrough) throws QueueBroken {
        pace.begins();
        boolean more = true;
        for (int turn = 0; more; turn++) {
            if (takeBack(ring)) {
                ring.notifyDriver();
            }
            boolean perhapsMore = takeNew(ring, writeThrough);
            if (perhapsMore || turn == MAX_TURNS) {
                runner.submit();
                more = turn < MAX_TURNS && !ring.batchIsFull();
            } else {
                more = runner.submitAndAwait() || table.inFlight() == 0 && pace.awaitNext(ring);
            }
        }
    }

    /** @return whether there may be more than the batch that has been taken */
    private boolean takeNew(SplitQueue ring, boolean writeThrough) throws QueueBroken {
        boolean all = false;
        try {
            int count = 0;
            while (count < BATCH && table.hasRoom() && ring.pop()) {
                begin(ring, writeThrough);
                count++;
            }
            all = true;
            return count == BATCH;
        } finally {
            if (!all) {
                runner.submit();
            }
        }
    }

    /** @return whether any has been given back */
    private boolean takeBack(SplitQueue ring) {
        boolean any = false;
        for (DiskRequest request = runner.takeDone(); request != null; request = runner.takeDone()) {
            giveBack(request, ring);
            any = true;
        }
        if (any) {
            ring.publishStaged();
        }
        return any;
    }

    private void begin(SplitQueue ring, boolean writeThrough) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        DiskRequest request = table.take();
        boolean taken = false;
        try {
            request.take(chain, disk, writeThrough);
            taken = true;
        } finally {
            if (!taken) {
                table.giveBack(request);
            }
        }
        if (request.status() == BlkRequest.OK && commands.refuses(request)) {
            request.end(BlkRequest.IOERR);
        }
        boolean alone = table.inFlight() == 1 && !ring.hasNext();
        if (request.status() != BlkRequest.OK || request.asked().type() == BlkRequest.GET_ID) {
            identify(request, chain);
            complete(request, ring);
        } else if (alone && crowded == 0 && request.movesData() && !request.isDurable()) {
            request.end(commands.run(request));
            crowded = ring.hasNext() ? CROWDED : 0; // What has come meanwhile has waited.
            complete(request, ring);
        } else {
            crowded = alone ? Math.max(0, crowded - 1) : CROWDED;
            runner.start(request);
        }
    }

    private void identify(DiskRequest request, DescriptorChain chain) throws QueueBroken {
        if (request.status() == BlkRequest.OK) {
            chain.write(0, id, 0, (int) Math.min(id.length, chain.writableBytes() - 1));
        }
    }

    private void complete(DiskRequest request, SplitQueue ring) {
        giveBack(request, ring);
        ring.publishStaged();
        ring.notifyDriver(); // So that the guest works on this one while we are at the next.
    }

    private void giveBack(DiskRequest request, SplitQueue ring) {
        Objects.requireNonNull(memory).putU8(request.statusAddress(), request.status());
        ring.stage(request.head(), request.writtenBytes(), request.readableBytes(), request.takenAt());
        table.giveBack(request);
    }

    /**
     * The queue stops: waits for everything in flight and gives it back, for nothing may be written into the guest's memory, nor
     * be on its way to the disk, when the driver has been told that the device is reset.
     */
    void stop(SplitQueue ring) {
        while (table.inFlight() > 0) {
            runner.awaitDone();
            takeBack(ring);
        }
        ring.notifyDriver();
    }

    /** When the queue has stopped. */
    void close() {
        runner.close();
        done.close();
        table.close();
    }
}
