package crosvm.vmm.virtio.pci;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** MSI-X masks and pending bits, INTx and ISR, seen from the driver. */
class InterruptsTest {
    private static final long ADDRESS = 0xfee0_1000L;

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final RecordingBackend backend = new RecordingBackend();
    private PciDriver driver;

    @BeforeEach
    void plugsIn() {
        driver = new PciDriver(memory, backend);
    }

    @AfterEach
    void unplugs() {
        driver.close();
        memory.close();
    }

    /** Both queues run; queue 0 has vector 1, queue 1 vector 2, changes vector 0. */
    private void startWithMsix() {
        driver.setMsix(true, true);
        driver.negotiate(Feature.VERSION_1);
        driver.setCommon(PciDriver.CONFIG_VECTOR, 2, 0);
        for (int queue = 0; queue < 2; queue++) {
            driver.enableQueue(queue, new DriverQueue(memory, 0x1000 + 0x1000 * queue, 32));
            driver.setCommon(PciDriver.QUEUE_VECTOR, 2, queue + 1);
            assertThat(driver.common(PciDriver.QUEUE_VECTOR, 2)).isEqualTo(queue + 1);
        }
        for (int vector = 0; vector < 3; vector++) {
            driver.setMessage(vector, ADDRESS + 0x1000 * vector, 0x40 + vector);
            driver.maskVector(vector, false);
        }
        driver.setMsix(true, false);
        driver.driverOk();
    }

    private void startWithIntx() {
        driver.negotiate(Feature.VERSION_1);
        driver.enableQueue(0, new DriverQueue(memory, 0x1000, 32));
        driver.driverOk();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 30000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(1);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    @Test
    void sendsTheVectorsMessage() {
        startWithMsix();
        backend.signals[1].signal();
        assertThat(driver.route(2).delivered()).isEqualTo(1);
        assertThat(driver.route(1).delivered()).isZero();
        assertThat(driver.route(2).address).isEqualTo(ADDRESS + 0x2000);
        assertThat(driver.route(2).data).isEqualTo(0x42);
    }

    @Test
    void hasOneMoreVectorThanQueues() {
        assertThat(driver.config(driver.msixAt + 2, 2) & 0x7ff).isEqualTo(2);
        assertThat(driver.msi.routes).hasSize(3);
    }

    @Test
    void startsWithAllVectorsMasked() {
        for (int vector = 0; vector < 3; vector++) {
            assertThat(driver.mmio.read(PciDriver.BAR + 0x4000 + 16 * vector + 12, 4))
                    .isEqualTo(1);
        }
    }

    @Test
    void keepsAMaskedVectorPendingAndSendsItOnUnmasking() {
        startWithMsix();
        driver.maskVector(1, true);
        backend.signals[0].signal();
        assertThat(driver.route(1).delivered()).isZero();
        assertThat(driver.pending(1)).isTrue();
        assertThat(driver.pending(2)).isFalse();
        driver.maskVector(1, false);
        assertThat(driver.pending(1)).isFalse();
        assertThat(driver.route(1).delivered()).isEqualTo(1);
    }

    @Test
    void sendsNothingOnUnmaskingWhatWasSentBefore() {
        startWithMsix();
        backend.signals[0].signal();
        assertThat(driver.route(1).delivered()).isEqualTo(1);
        driver.maskVector(1, true);
        assertThat(driver.pending(1)).isFalse();
        driver.maskVector(1, false);
        assertThat(driver.route(1).delivered()).isZero();
    }

    @Test
    void masksAllVectorsWithTheFunctionMask() {
        startWithMsix();
        driver.setMsix(true, true);
        backend.signals[0].signal();
        backend.signals[1].signal();
        assertThat(driver.pending(1) && driver.pending(2)).isTrue();
        assertThat(driver.pending(0)).isFalse();
        driver.maskVector(2, true);
        driver.setMsix(true, false);
        assertThat(driver.route(1).delivered()).isEqualTo(1);
        assertThat(driver.pending(2)).isTrue();
        assertThat(driver.route(2).delivered()).isZero();
    }

    @Test
    void takesANewMessageWhenTheVectorIsUnmasked() {
        startWithMsix();
        driver.maskVector(1, true);
        driver.setMessage(1, ADDRESS, 0x99);
        assertThat(driver.route(1).data).isEqualTo(0x41);
        driver.maskVector(1, false);
        assertThat(driver.route(1).data).isEqualTo(0x99);
    }

    @Test
    void followsAMessageThatChangesUnmasked() {
        startWithMsix();
        driver.setMessage(1, ADDRESS, 0x98);
        assertThat(driver.route(1).data).isEqualTo(0x98);
        backend.signals[0].signal();
        assertThat(driver.route(1).delivered()).isEqualTo(1);
    }

    @Test
    void sharesAVectorAmongQueues() {
        startWithMsix();
        driver.setCommon(PciDriver.QUEUE_SELECT, 2, 0);
        driver.setCommon(PciDriver.QUEUE_VECTOR, 2, 2);
        backend.signals[0].signal();
        backend.signals[1].signal();
        assertThat(driver.route(2).delivered()).isEqualTo(2);
        assertThat(driver.route(1).calls).isEmpty();
    }

    @Test
    void readsBackNoVectorForOneThatIsNotThere() {
        driver.setCommon(PciDriver.QUEUE_VECTOR, 2, 3);
        assertThat(driver.common(PciDriver.QUEUE_VECTOR, 2)).isEqualTo(0xffff);
        driver.setCommon(PciDriver.CONFIG_VECTOR, 2, 0x8000);
        assertThat(driver.common(PciDriver.CONFIG_VECTOR, 2)).isEqualTo(0xffff);
    }

    @Test
    void doesWithoutAMessageThatTheKernelRefuses() {
        startWithMsix();
        driver.maskVector(1, true);
        driver.route(1).refuses = true;
        driver.maskVector(1, false);
        backend.signals[0].signal();
        assertThat(driver.route(1).delivered()).isZero();
        assertThat(driver.status()).isEqualTo(15);
    }

    @Test
    void dropsWhatIsPendingOnReset() {
        startWithMsix();
        driver.maskVector(1, true);
        backend.signals[0].signal();
        driver.setStatus(0);
        assertThat(driver.pending(1)).isFalse();
        assertThat(driver.route(1).calls).isEmpty();
        startWithMsix();
        assertThat(driver.route(1).delivered()).isZero();
    }

    @Test
    void assertsIntxUntilTheIsrIsRead() throws InterruptedException {
        startWithIntx();
        assertThat(driver.line).isFalse();
        backend.signals[0].signal();
        await(() -> driver.line);
        assertThat(driver.config(6, 2) & 8).isEqualTo(8);
        assertThat(driver.isr()).isEqualTo(1);
        assertThat(driver.line).isFalse();
        assertThat(driver.isr()).isZero();
        assertThat(driver.config(6, 2) & 8).isZero();
    }

    @Test
    void tellsConfigurationChangesApartInTheIsr() throws InterruptedException {
        startWithIntx();
        backend.host.configChanged();
        await(() -> driver.line);
        assertThat(driver.isr()).isEqualTo(2);
    }

    @Test
    void holdsIntxBackWhileTheCommandRegisterSaysSo() throws InterruptedException {
        startWithIntx();
        driver.setCommand(2 | 1 << 10);
        backend.signals[0].signal();
        await(() -> (driver.config(6, 2) & 8) != 0);
        assertThat(driver.line).isFalse();
        driver.setCommand(2);
        assertThat(driver.line).isTrue();
        driver.isr();
        assertThat(driver.line).isFalse();
    }

    @Test
    void letsGoOfIntxOnResetAndWhenMsixIsEnabled() throws InterruptedException {
        startWithIntx();
        backend.signals[0].signal();
        await(() -> driver.line);
        driver.setStatus(0);
        assertThat(driver.line).isFalse();
        startWithIntx();
        backend.signals[0].signal();
        await(() -> driver.line);
        driver.setMsix(true, false);
        assertThat(driver.line).isFalse();
        assertThat(driver.isr()).isZero();
    }

    @Test
    void givesTheRoutesBackAtTheEnd() {
        startWithMsix();
        driver.function.close();
        assertThat(driver.msi.routes).allMatch(route -> route.closed && route.calls.isEmpty());
        driver = new PciDriver(memory, backend);
    }
}
