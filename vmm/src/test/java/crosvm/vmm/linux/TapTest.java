package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.model.Ipv4Address;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.abi.IfTun;
import crosvm.vmm.linux.abi.Ioctl;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Taps of this machine: made, found, refused, gone. */
class TapTest {
    private static final Ioctl TUNSETPERSIST = Ioctl.write("TUNSETPERSIST", 'T', 203, 4);

    @BeforeAll
    static void needsRootAndTheDevice() {
        assumeTrue(Files.isWritable(Path.of("/dev/net/tun")), "no /dev/net/tun that this user may open");
        assumeTrue(System.getProperty("user.name").equals("root"), "creating a tap needs CAP_NET_ADMIN");
    }

    private static boolean exists(Tap tap) {
        return Files.exists(Path.of("/sys/class/net", tap.name()));
    }

    @Test
    void makesATapWithItsAddressWhichIsGoneAfterwards() throws Exception {
        Tap tap = Tap.create(1);
        try (tap) {
            assertThat(tap.name()).matches("vmtap\\d+");
            assertThat(tap.isUp()).isFalse();
            tap.configure(
                    Ipv4Address.parse("198.18.5.1").bits(),
                    Ipv4Address.parse("255.255.255.0").bits());
            assertThat(tap.isUp()).isTrue();
            assertThat(tap.mtu()).isEqualTo(1500);
            NetworkInterface host = NetworkInterface.getByName(tap.name());
            assertThat(Collections.list(host.getInetAddresses())).contains(InetAddress.getByName("198.18.5.1"));
            assertThat(host.getInterfaceAddresses())
                    .anySatisfy(address ->
                            assertThat(address.getNetworkPrefixLength()).isEqualTo((short) 24));
        }
        assertThat(exists(tap)).isFalse();
    }

    @Test
    void hasADescriptorForEachQueueAndAttachesThemOnDemand() {
        try (Tap tap = Tap.create(4)) {
            assertThat(tap.queues()).hasSize(4);
            Tap.setAttached(tap.queues().get(3), true);
            assertThatThrownBy(() -> Tap.setAttached(tap.queues().get(3), true))
                    .as("attached already")
                    .isInstanceOf(ErrnoException.class);
            Tap.setAttached(tap.queues().get(3), false);
        }
    }

    @Test
    void takesAnMtuForJumboFrames() {
        try (Tap tap = Tap.create(1)) {
            assertThat(tap.mtu()).isEqualTo(1500);
            tap.setMtu(9000);
            assertThat(tap.mtu()).isEqualTo(9000);
            tap.setMtu(65521);
            assertThat(tap.mtu()).isEqualTo(65521);
            assertThatThrownBy(() -> tap.setMtu(65522)).isInstanceOf(ErrnoException.class);
        }
    }

    @Test
    void takesAllOffloads() {
        try (Tap tap = Tap.create(1)) {
            int all = IfTun.TUN_F_CSUM | IfTun.TUN_F_TSO4 | IfTun.TUN_F_TSO6 | IfTun.TUN_F_TSO_ECN;
            Tap.setOffloads(tap.queues().get(0), all);
            Tap.setOffloads(tap.queues().get(0), 0);
        }
    }

    @Test
    void attachesToATapThatIsThereAndLeavesIt() {
        Tap made = Tap.create(1);
        try (made) {
            made.queues().get(0).ioctl(TUNSETPERSIST, 1);
        }
        try {
            assertThat(exists(made)).isTrue();
            try (Tap found = Tap.attach(made.name(), 1)) {
                assertThat(found.name()).isEqualTo(made.name());
                assertThatThrownBy(() -> Tap.attach(made.name(), 1))
                        .isInstanceOf(VmmException.class)
                        .hasMessageContaining("tap " + made.name() + ": is in use by another program");
                assertThatThrownBy(() -> Tap.attach(made.name(), 2))
                        .isInstanceOf(VmmException.class)
                        .hasMessageContaining("has a single queue, and 2 are requested")
                        .hasMessageContaining("multi_queue");
            }
            assertThat(exists(made)).as("an administrator's tap stays").isTrue();
        } finally { // A failed assertion must not leave the tap behind.
            try (Tap found = Tap.attach(made.name(), 1)) {
                found.queues().get(0).ioctl(TUNSETPERSIST, 0);
            }
        }
        assertThat(exists(made)).isFalse();
    }

    @Test
    void refusesToShareAMultiQueueTapWithSomebodyElse() {
        try (Tap made = Tap.create(2)) {
            made.configure(
                    Ipv4Address.parse("198.18.6.1").bits(),
                    Ipv4Address.parse("255.255.255.0").bits());
            assertThatThrownBy(() -> Tap.attach(made.name(), 2))
                    .isInstanceOf(VmmException.class)
                    .hasMessageContaining("is in use by another program");
        }
    }

    @Test
    void saysHowToMakeATapThatIsMissing() {
        assertThatThrownBy(() -> Tap.attach("nosuchtap", 1))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("tap nosuchtap does not exist")
                .hasMessageContaining("ip tuntap add nosuchtap mode tap user root");
        assertThat(Files.exists(Path.of("/sys/class/net/nosuchtap"))).isFalse();
    }

    @Test
    void saysThatANameIsTooLong() {
        assertThatThrownBy(() -> Tap.attach("sixteencharacter", 1))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("has at most 15 bytes, this one has 16");
    }

    @Test
    void refusesAnInterfaceThatIsNoTap() {
        assertThatThrownBy(() -> Tap.attach("lo", 1))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("lo is a network interface, but not a tap");
    }
}
