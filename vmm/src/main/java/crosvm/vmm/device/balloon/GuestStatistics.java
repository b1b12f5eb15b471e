package crosvm.vmm.device.balloon;

import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The memory statistics a driver puts into a buffer (virtio 1.2 §5.5.6.3): pairs of a 16-bit tag and a 64-bit value. */
final class GuestStatistics {
    /** By tag. */
    private static final List<String> NAMES = List.of(
            "swapInBytes",
            "swapOutBytes",
            "majorFaults",
            "minorFaults",
            "freeBytes",
            "totalBytes",
            "availableBytes",
            "cacheBytes",
            "hugePageAllocations",
            "hugePageFailures");

    private static final int ENTRY = 10;
    private static final int MAX_ENTRIES = 64;

    private GuestStatistics() {}

    /** What is known by name; other tags are passed by, and of one that comes twice the later counts. */
    static Map<String, Long> read(DescriptorChain chain) throws QueueBroken {
        Map<String, Long> values = new LinkedHashMap<>();
        long entries = Math.min(chain.readableBytes() / ENTRY, MAX_ENTRIES);
        for (int i = 0; i < entries; i++) {
            int tag = (int) chain.getReadable((long) i * ENTRY, 2);
            if (tag < NAMES.size()) {
                values.put(NAMES.get(tag), chain.getReadable((long) i * ENTRY + 2, 8));
            }
        }
        return values;
    }
}
