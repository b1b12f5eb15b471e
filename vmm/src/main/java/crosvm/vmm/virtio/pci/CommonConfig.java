package crosvm.vmm.virtio.pci;

import org.jspecify.annotations.Nullable;

/**
 * The common configuration structure (virtio 1.2 §4.1.4.3), register by register in the order of the specification.
 * Guarded by the transport's lock.
 */
final class CommonConfig {
    /** Bytes, to the end of queue_reset. */
    static final int SIZE = 0x3c;

    private final VirtioPciTransport transport;
    private final RegisterTable table;
    private int deviceFeatureSelect;
    private int driverFeatureSelect;
    private int queueSelect;

    CommonConfig(VirtioPciTransport transport) {
        this.transport = transport;
        Interrupts interrupts = transport.interrupts();
        table = new RegisterTable()
                .register("device_feature_select", 4, () -> deviceFeatureSelect, v -> deviceFeatureSelect = (int) v)
                .readOnly("device_feature", 4, () -> word(transport.deviceFeatures(), deviceFeatureSelect))
                .register("driver_feature_select", 4, () -> driverFeatureSelect, v -> driverFeatureSelect = (int) v)
                .register(
                        "driver_feature",
                        4,
                        () -> word(transport.driverFeatures(), driverFeatureSelect),
                        this::setDriverFeatureWord)
                .register("config_msix_vector", 2, interrupts::configurationVector, interrupts::setConfigurationVector)
                .readOnly("num_queues", 2, transport::queueCount)
                .register("device_status", 1, transport::status, transport::writeStatus)
                .readOnly("config_generation", 1, transport::configGeneration)
                .register("queue_select", 2, () -> queueSelect, v -> queueSelect = (int) v)
                .register("queue_size", 2, () -> selected(q -> q.size), v -> change(q -> q.setSize((int) v)))
                .register(
                        "queue_msix_vector",
                        2,
                        () -> selected(q -> interrupts.queueVector(q.index)),
                        v -> change(q -> interrupts.setQueueVector(q.index, v)))
                .register(
                        "queue_enable",
                        2,
                        () -> selected(q -> q.enabled ? 1 : 0),
                        v -> change(q -> transport.enableQueue(q, v)))
                .readOnly("queue_notify_off", 2, () -> selected(q -> q.index))
                .register("queue_desc", 8, () -> selected(q -> q.descriptors), v -> place(q -> q.descriptors = v))
                .register("queue_driver", 8, () -> selected(q -> q.available), v -> place(q -> q.available = v))
                .register("queue_device", 8, () -> selected(q -> q.used), v -> place(q -> q.used = v))
                .readOnly("queue_notify_data", 2, () -> selected(q -> q.index))
                .register("queue_reset", 2, () -> 0, v -> change(q -> transport.resetQueue(q, v)));
    }

    RegisterTable table() {
        return table;
    }

    void reset() {
        deviceFeatureSelect = 0;
        driverFeatureSelect = 0;
        queueSelect = 0;
    }

    private static long word(long features, int select) {
        return switch (select) {
            case 0 -> features & 0xffff_ffffL;
            case 1 -> features >>> 32;
            default -> 0;
        };
    }

    private void setDriverFeatureWord(long value) {
        if (driverFeatureSelect == 0) {
            transport.setDriverFeatures(transport.driverFeatures() & ~0xffff_ffffL | value);
        } else if (driverFeatureSelect == 1) {
            transport.setDriverFeatures(transport.driverFeatures() & 0xffff_ffffL | value << 32);
        }
    }

    private interface Get {
        long of(QueueRegisters queue);
    }

    private interface Change {
        void of(QueueRegisters queue);
    }

    private @Nullable QueueRegisters queue() {
        return queueSelect < transport.queueCount() ? transport.queue(queueSelect) : null;
    }

    /** A queue that does not exist has size 0, and so has everything else of it. */
    private long selected(Get get) {
        QueueRegisters queue = queue();
        return queue == null ? 0 : get.of(queue);
    }

    private void change(Change change) {
        QueueRegisters queue = queue();
        if (queue != null) {
            change.of(queue);
        }
    }

    /** A queue that is enabled stays where it is. */
    private void place(Change change) {
        QueueRegisters queue = queue();
        if (queue != null && !queue.enabled) {
            change.of(queue);
        }
    }
}
