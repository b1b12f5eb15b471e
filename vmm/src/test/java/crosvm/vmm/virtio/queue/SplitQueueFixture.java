package crosvm.vmm.virtio.queue;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A split ring in guest memory, and both of its sides. */
abstract class SplitQueueFixture {
    static final int SIZE = 8;
    static final long DATA = 0x8000;
    static final long TABLE = 0x6000;

    final GuestMemory memory = GuestMemory.allocate(1 << 20);
    final EventFd call = EventFd.create("call");
    DriverQueue driver;

    @BeforeEach
    void laysTheRingOut() {
        driver = new DriverQueue(memory, 0x1000, SIZE);
    }

    @AfterEach
    void frees() {
        call.close();
        memory.close();
    }

    SplitQueue queue() throws QueueBroken {
        return new SplitQueue(memory, driver.vring(), true, false, call);
    }
}
