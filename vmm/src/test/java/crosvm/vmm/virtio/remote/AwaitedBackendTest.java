package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.EchoDevice;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class AwaitedBackendTest {
    private static final int SECONDS = 60;

    private final EchoDevice device = new EchoDevice();
    private final RecordedHost host = new RecordedHost();
    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AwaitedBackend backend =
            new AwaitedBackend(RemoteDevice.of(DeviceType.CONSOLE, "echo", 2, 256, EchoDevice.CONFIG_SIZE));

    /** What a vCPU asks for, on a thread of its own. */
    private final class Access {
        private final CompletableFuture<Long> answer = new CompletableFuture<>();
        private final Thread thread;

        Access(LongSupplier access) {
            thread = new Thread(() -> answer.complete(access.getAsLong()), "vcpu");
            thread.setDaemon(true);
            thread.start();
        }

        void awaitWaiting() throws InterruptedException {
            while (thread.getState() != Thread.State.WAITING) {
                assertThat(answer).isNotDone();
                Thread.sleep(1);
            }
        }

        long answer() throws Exception {
            return answer.get(SECONDS, TimeUnit.SECONDS);
        }
    }

    @AfterEach
    void closes() {
        backend.close();
        memory.close();
    }

    @Test
    void saysWhatThePlanSaysBeforeTheProcessIsThere() {
        assertThat(backend.type()).isEqualTo(DeviceType.CONSOLE);
        assertThat(backend.name()).isEqualTo("echo");
        assertThat(backend.queueCount()).isEqualTo(2);
        assertThat(backend.queueSize(1)).isEqualTo(256);
        assertThat(backend.configSize()).isEqualTo(EchoDevice.CONFIG_SIZE);
    }

    @Test
    void hasAnAccessWaitUntilTheProcessIsThereAndHasTheMemory() throws Exception {
        backend.listen(host);
        backend.setMemory(memory);
        Access features = new Access(backend::features);
        features.awaitWaiting();
        Access config = new Access(() -> backend.readConfig(0, 1));
        config.awaitWaiting();
        ThreadBackend process = new ThreadBackend(device);
        backend.connected(recorded(process));
        assertThat(features.answer()).isEqualTo(process.features()).isNotZero();
        assertThat(config.answer()).isEqualTo(0x10);
        assertThat(asked).startsWith("listen", "setMemory").contains("features", "readConfig");
        device.host.needsReset("it says so");
        assertThat(host.failures).containsExactly("it says so");
    }

    @Test
    void letsAnAccessGoWithoutAnAnswerWhenTheMachineEndsFirst() throws Exception {
        Access features = new Access(backend::features);
        features.awaitWaiting();
        backend.hurry();
        assertThat(features.answer()).isZero();
        backend.reset();
        backend.acceptFeatures(Feature.VERSION_1);
        assertThat(backend.stopQueue(0)).isZero();
        assertThat(device.calls).isEmpty();
    }

    @Test
    void hurriesAProcessThatIsThere() {
        backend.connected(recorded(new ThreadBackend(device)));
        assertThat(asked).doesNotContain("hurry");
        backend.hurry();
        assertThat(asked).contains("hurry");
        backend.close();
    }

    @Test
    void hurriesAndClosesAProcessThatCameAfterTheMachinesEnd() {
        backend.hurry();
        backend.connected(recorded(new ThreadBackend(device)));
        assertThat(asked).contains("hurry");
        backend.close();
        assertThat(device.closed).isTrue();
    }

    /** The same, writing down what is asked of it. */
    private VirtioBackend recorded(VirtioBackend process) {
        return (VirtioBackend) Proxy.newProxyInstance(
                VirtioBackend.class.getClassLoader(), new Class<?>[] {VirtioBackend.class}, (proxy, method, words) -> {
                    asked.add(method.getName());
                    return method.invoke(process, words);
                });
    }
}
