package crosvm.vmm.virtio.pci;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceStatus;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.queue.DriverQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The common configuration's rules and the device status (virtio 1.2 §2.1, §3.1, §4.1.4.3), seen from the driver. */
class VirtioPciTransportTest {
    private static final long OFFERED = RecordingBackend.FEATURES | Feature.RING_RESET;

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final RecordingBackend backend = new RecordingBackend();
    private PciDriver driver;
    private DriverQueue ring;

    @BeforeEach
    void plugsIn() {
        driver = new PciDriver(memory, backend);
        ring = new DriverQueue(memory, 0x1000, 32);
        backend.calls.clear();
    }

    @AfterEach
    void unplugs() {
        driver.close();
        memory.close();
    }

    @Test
    void offersTheDevicesFeaturesAndThoseOfTheTransportInTwoWords() {
        assertThat(driver.offered()).isEqualTo(OFFERED);
        driver.setCommon(PciDriver.DEVICE_FEATURE_SELECT, 4, 2);
        assertThat(driver.common(PciDriver.DEVICE_FEATURE, 4)).isZero();
    }

    @Test
    void goesThroughTheStatusesInOrder() {
        driver.negotiate(Feature.VERSION_1 | Feature.EVENT_IDX);
        driver.enableQueue(0, ring);
        assertThat(backend.calls).containsExactly("reset", "acceptFeatures 0x120000000");
        driver.driverOk();
        assertThat(driver.status()).isEqualTo(15);
        assertThat(backend.calls).endsWith("startQueue 0").doesNotContain("startQueue 1");
        assertThat(backend.rings[0]).isEqualTo(ring.vring());
    }

    @Test
    void keepsFeaturesOkClearForFeaturesThatWereNotOffered() {
        driver.setStatus(3);
        driver.accept(Feature.VERSION_1 | 1L << 6);
        driver.setStatus(11);
        assertThat(driver.status()).isEqualTo(3);
    }

    @Test
    void keepsFeaturesOkClearWithoutVersion1() {
        driver.setStatus(3);
        driver.accept(1L << 5);
        driver.setStatus(11);
        assertThat(driver.status()).isEqualTo(3);
    }

    @Test
    void keepsDriverOkClearWithoutFeaturesOk() {
        driver.setStatus(7);
        assertThat(driver.status()).isEqualTo(3);
        assertThat(backend.calls).isEmpty();
    }

    @Test
    void ignoresFeaturesAfterFeaturesOk() {
        driver.negotiate(Feature.VERSION_1);
        driver.accept(OFFERED);
        driver.setCommon(PciDriver.DRIVER_FEATURE_SELECT, 4, 0);
        assertThat(driver.common(PciDriver.DRIVER_FEATURE, 4)).isZero();
    }

    @Test
    void clearsNoStatusBitButAll() {
        driver.negotiate(Feature.VERSION_1);
        driver.setStatus(1);
        assertThat(driver.status()).isEqualTo(11);
        driver.setStatus(0);
        assertThat(driver.status()).isZero();
    }

    @Test
    void takesNeedsResetFromTheDeviceOnly() {
        driver.setStatus(DeviceStatus.DEVICE_NEEDS_RESET | 1);
        assertThat(driver.status()).isEqualTo(1);
    }

    @Test
    void answersQueueRegistersOfTheSelectedQueue() {
        assertThat(driver.common(PciDriver.NUM_QUEUES, 2)).isEqualTo(2);
        driver.setCommon(PciDriver.QUEUE_SELECT, 2, 1);
        assertThat(driver.common(PciDriver.QUEUE_SIZE, 2)).isEqualTo(64);
        assertThat(driver.common(PciDriver.QUEUE_NOTIFY_OFF, 2)).isEqualTo(1);
        assertThat(driver.common(PciDriver.QUEUE_VECTOR, 2)).isEqualTo(0xffff);
    }

    @Test
    void showsSizeZeroForAQueueThatDoesNotExist() {
        driver.negotiate(Feature.VERSION_1);
        for (int index : new int[] {2, 3, 0xffff}) {
            driver.setCommon(PciDriver.QUEUE_SELECT, 2, index);
            assertThat(driver.common(PciDriver.QUEUE_SIZE, 2)).isZero();
            driver.setCommon(PciDriver.QUEUE_SIZE, 2, 4);
            driver.setCommon(PciDriver.QUEUE_ENABLE, 2, 1);
            assertThat(driver.common(PciDriver.QUEUE_ENABLE, 2)).isZero();
        }
        driver.driverOk();
        assertThat(backend.calls).noneMatch(c -> c.startsWith("startQueue"));
    }

    @Test
    void takesPowersOfTwoUpToTheOfferedSizeOnly() {
        for (int bad : new int[] {0, 3, 100, 512, 0x8000, 0xffff}) {
            driver.setCommon(PciDriver.QUEUE_SIZE, 2, bad);
            assertThat(driver.common(PciDriver.QUEUE_SIZE, 2)).isEqualTo(256);
        }
        driver.setCommon(PciDriver.QUEUE_SIZE, 2, 128);
        assertThat(driver.common(PciDriver.QUEUE_SIZE, 2)).isEqualTo(128);
    }

    @Test
    void holdsAnEnabledQueueWhereItIs() {
        driver.negotiate(Feature.VERSION_1);
        driver.enableQueue(0, ring);
        driver.setCommon(PciDriver.QUEUE_SIZE, 2, 16);
        driver.setAddress(PciDriver.QUEUE_DESC, 0xdead0);
        driver.setCommon(PciDriver.QUEUE_ENABLE, 2, 0);
        assertThat(driver.common(PciDriver.QUEUE_SIZE, 2)).isEqualTo(32);
        assertThat(driver.common(PciDriver.QUEUE_DESC, 4)).isEqualTo(ring.descriptors);
        assertThat(driver.common(PciDriver.QUEUE_ENABLE, 2)).isEqualTo(1);
    }

    @Test
    void enablesNoQueueBeforeFeaturesOk() {
        driver.setStatus(3);
        driver.enableQueue(0, ring);
        assertThat(driver.common(PciDriver.QUEUE_ENABLE, 2)).isZero();
    }

    @Test
    void takes64BitAddressesInHalvesOrWhole() {
        driver.setAddress(PciDriver.QUEUE_DRIVER, 0x1_2345_6780L);
        assertThat(driver.common(PciDriver.QUEUE_DRIVER, 8)).isEqualTo(0x1_2345_6780L);
        driver.setCommon(PciDriver.QUEUE_DEVICE, 8, 0x7_0000_0010L);
        assertThat(driver.common(PciDriver.QUEUE_DEVICE + 4, 4)).isEqualTo(7);
        driver.setCommon(PciDriver.QUEUE_DEVICE, 2, 0xffff);
        assertThat(driver.common(PciDriver.QUEUE_DEVICE, 8)).isEqualTo(0x7_0000_0010L);
    }

    @Test
    void dropsWritesThatCoverNoRegister() {
        driver.setCommon(PciDriver.STATUS, 2, 0x0101);
        driver.setCommon(PciDriver.STATUS, 4, 1);
        driver.setCommon(PciDriver.NUM_QUEUES, 2, 9);
        assertThat(driver.status()).isZero();
        assertThat(driver.common(PciDriver.NUM_QUEUES, 2)).isEqualTo(2);
        assertThat(driver.common(PciDriver.NUM_QUEUES, 1)).isEqualTo(2);
    }

    @Test
    void forgetsEverythingOnReset() {
        driver.setMsix(true, false);
        driver.negotiate(Feature.VERSION_1);
        driver.enableQueue(1, ring);
        driver.setCommon(PciDriver.QUEUE_VECTOR, 2, 1);
        driver.setCommon(PciDriver.CONFIG_VECTOR, 2, 0);
        driver.driverOk();
        backend.calls.clear();
        driver.setStatus(0);
        assertThat(backend.calls).containsExactly("reset");
        assertThat(driver.status()).isZero();
        assertThat(driver.common(PciDriver.QUEUE_SELECT, 2)).isZero();
        driver.setCommon(PciDriver.QUEUE_SELECT, 2, 1);
        assertThat(driver.common(PciDriver.QUEUE_ENABLE, 2)).isZero();
        assertThat(driver.common(PciDriver.QUEUE_SIZE, 2)).isEqualTo(64);
        assertThat(driver.common(PciDriver.QUEUE_DESC, 8)).isZero();
        assertThat(driver.common(PciDriver.QUEUE_VECTOR, 2)).isEqualTo(0xffff);
        assertThat(driver.common(PciDriver.CONFIG_VECTOR, 2)).isEqualTo(0xffff);
        assertThat(driver.ioEvents.events).isEmpty();
    }

    @Test
    void resetsOneQueueAndStartsItAgain() {
        driver.negotiate(OFFERED);
        driver.enableQueue(0, ring);
        driver.driverOk();
        driver.setCommon(PciDriver.QUEUE_RESET, 2, 1);
        assertThat(backend.calls).endsWith("stopQueue 0");
        assertThat(driver.common(PciDriver.QUEUE_RESET, 2)).isZero();
        assertThat(driver.common(PciDriver.QUEUE_ENABLE, 2)).isZero();
        driver.enableQueue(0, ring);
        assertThat(backend.calls).endsWith("startQueue 0");
        assertThat(driver.ioEvents.events).hasSize(1);
    }

    @Test
    void resetsNoQueueWithoutTheFeature() {
        driver.negotiate(Feature.VERSION_1);
        driver.enableQueue(0, ring);
        driver.driverOk();
        driver.setCommon(PciDriver.QUEUE_RESET, 2, 1);
        assertThat(driver.common(PciDriver.QUEUE_ENABLE, 2)).isEqualTo(1);
    }

    @Test
    void keepsTransportFeaturesFromTheBackend() {
        driver.negotiate(OFFERED);
        assertThat(backend.calls).contains("acceptFeatures 0x" + Long.toHexString(RecordingBackend.FEATURES));
    }

    @Test
    void kicksThroughAnIoEventWhereverTheBarIs() {
        driver.negotiate(Feature.VERSION_1);
        driver.enableQueue(1, ring);
        driver.driverOk();
        assertThat(driver.ioEvents.events)
                .containsOnlyKeys(driver.structures.get(2) + 4)
                .containsValue(backend.kicks[1]);
        driver.setConfig(0x10, 4, PciDriver.BAR + 0x8000);
        assertThat(driver.ioEvents.events).containsOnlyKeys(driver.structures.get(2) + 4 + 0x8000);
        driver.setCommand(0);
        assertThat(driver.ioEvents.events).isEmpty();
        driver.setCommand(2);
        assertThat(driver.ioEvents.events).containsOnlyKeys(driver.structures.get(2) + 4 + 0x8000);
    }

    @Test
    void kicksThroughTheRegisterToo() {
        driver.negotiate(Feature.VERSION_1);
        driver.enableQueue(1, ring);
        driver.driverOk();
        driver.notifyQueue(1);
        assertThat(backend.kicks[1].drain()).isEqualTo(1);
    }

    @Test
    void readsTheDevicesConfigurationInAnyWidthAndZerosBehindIt() {
        assertThat(driver.device(0, 8)).isEqualTo(0x0807060504030201L);
        assertThat(driver.device(8, 4)).isEqualTo(0x0c0b0a09L);
        assertThat(driver.device(8, 8)).isEqualTo(0x0c0b0a09L);
        assertThat(driver.device(12, 4)).isZero();
        driver.mmio.write(driver.structures.get(4) + 10, 4, 5);
        assertThat(backend.calls).isEmpty();
        driver.mmio.write(driver.structures.get(4) + 8, 4, 5);
        assertThat(backend.calls).containsExactly("writeConfig 8 4 5");
    }

    @Test
    void countsConfigurationChangesAndInterruptsOnce() {
        driver.setMsix(true, false);
        driver.negotiate(Feature.VERSION_1);
        driver.setCommon(PciDriver.CONFIG_VECTOR, 2, 2);
        driver.setMessage(2, 0xfee0_0000L, 0x51);
        driver.maskVector(2, false);
        driver.driverOk();
        long generation = driver.common(PciDriver.GENERATION, 1);
        backend.host.configChanged();
        assertThat(driver.common(PciDriver.GENERATION, 1)).isEqualTo(generation + 1);
        assertThat(driver.route(2).delivered()).isEqualTo(1);
    }

    @Test
    void tellsTheDriverOnceThatTheDeviceNeedsAReset() {
        driver.setMsix(true, false);
        driver.negotiate(Feature.VERSION_1);
        driver.setCommon(PciDriver.CONFIG_VECTOR, 2, 0);
        driver.setMessage(0, 0xfee0_0000L, 0x51);
        driver.maskVector(0, false);
        driver.driverOk();
        backend.host.needsReset("the guest's driver: test");
        assertThat(driver.status()).isEqualTo(15 | DeviceStatus.DEVICE_NEEDS_RESET);
        assertThat(driver.route(0).delivered()).isEqualTo(1);
        backend.host.needsReset("the guest's driver: test again");
        assertThat(driver.route(0).delivered()).isZero();
        driver.setStatus(0);
        assertThat(driver.status()).isZero();
    }

    @Test
    void reachesTheRegistersThroughConfigurationSpace() {
        driver.setConfig(driver.accessAt + 4, 1, 0);
        driver.setConfig(driver.accessAt + 8, 4, PciDriver.NUM_QUEUES);
        driver.setConfig(driver.accessAt + 12, 4, 2);
        assertThat(driver.config(driver.accessAt + 16, 2)).isEqualTo(2);
        driver.setConfig(driver.accessAt + 8, 4, PciDriver.STATUS);
        driver.setConfig(driver.accessAt + 12, 4, 1);
        driver.setConfig(driver.accessAt + 16, 1, 3);
        assertThat(driver.status()).isEqualTo(3);
        driver.setConfig(driver.accessAt + 8, 4, 0xffff_fff0L);
        driver.setConfig(driver.accessAt + 16, 1, 9);
        driver.setConfig(driver.accessAt + 12, 4, 3);
        assertThat(driver.config(driver.accessAt + 16, 4)).isNotNegative();
    }

    @Test
    void identifiesItselfAsAModernDeviceOnly() {
        assertThat(driver.config(0, 2)).isEqualTo(0x1af4);
        assertThat(driver.config(2, 2)).isEqualTo(0x1042);
        assertThat(driver.config(8, 1)).isGreaterThanOrEqualTo(1);
        assertThat(driver.config(0x2e, 2)).isGreaterThanOrEqualTo(0x40);
        assertThat(driver.config(0x3c, 1)).isEqualTo(PciDriver.GSI);
        assertThat(driver.config(0x3d, 1)).isEqualTo(1);
        assertThat(driver.structures).containsOnlyKeys(1, 2, 3, 4, 5);
    }
}
