package crosvm.vmm.device.net;

/** Where a network card's cable leads: what it can do, and the two directions of each pair of queues. */
interface NetPort extends AutoCloseable {
    /** The feature bits it can serve. */
    long features();

    /** Bytes of the largest packet, Ethernet header not counted. */
    int mtu();

    int pairs();

    /** The driver takes these features' frames from now on; none of them after a reset. Any thread. */
    void accept(long features);

    /** Frames come in on pairs 0 to {@code count} - 1 from now on, and on no others. Any thread, one at a time. */
    void usePairs(int count);

    /** How pair {@code pair} is served; the same for both of its queues, on one worker. */
    Receiver receiver(int pair);

    Sender sender(int pair);

    /** All queues have stopped. */
    @Override
    void close();
}
