package crosvm.vmm.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Writes down what a back-end reports to its transport. */
public final class RecordedHost implements DeviceHost {
    public final AtomicInteger configChanges = new AtomicInteger();
    public final List<String> failures = new CopyOnWriteArrayList<>();

    @Override
    public void configChanged() {
        configChanges.incrementAndGet();
    }

    @Override
    public void needsReset(String reason) {
        failures.add(reason);
    }

    public String awaitFailure() throws InterruptedException {
        for (int i = 0; i < 10_000 && failures.isEmpty(); i++) {
            Thread.sleep(1);
        }
        assertThat(failures)
                .as("the device should have asked for a reset within 10 s")
                .isNotEmpty();
        return failures.get(0);
    }

    public void awaitConfigChange() throws InterruptedException {
        for (int i = 0; i < 10_000 && configChanges.get() == 0; i++) {
            Thread.sleep(1);
        }
        assertThat(configChanges).as("configuration changes within 10 s").hasPositiveValue();
    }
}
