package crosvm.vmm.device.net;

import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.NetworkSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Tap;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Objects;

/** Opens the tap of a network: one that is there, or one that is made for the machine and goes with it. */
public final class NetTap {
    private static final Logger LOG = BareLog.of(NetTap.class);

    private NetTap() {}

    /**
     * Opens all queues of it.
     *
     * @param network one that leads to a tap
     * @throws VmmException when there is none of that name, or making one is not allowed, with what to do
     */
    public static Tap open(NetworkSpec network) {
        return network.tap() != null ? existing(network.tap(), network.queues()) : made(network);
    }

    private static Tap existing(String name, int queues) {
        Tap tap = Tap.attach(name, queues);
        if (!tap.isUp()) {
            LOG.log(
                    Level.WARNING,
                    "tap " + name + " is down, so no traffic passes. Bring it up: ip link set " + name + " up");
        }
        return tap;
    }

    private static Tap made(NetworkSpec network) {
        Ipv4Address address = Objects.requireNonNull(network.hostIp(), "the loader requires one of three ways out");
        Ipv4Address mask = Objects.requireNonNull(network.netmask(), "the loader requires it beside hostIp");
        Tap tap;
        try {
            tap = Tap.create(network.queues());
        } catch (ErrnoException e) {
            throw e.errno() == Errno.EPERM ? notAllowed(network, address, mask, e) : e;
        }
        try {
            if (network.mtu() != null) {
                tap.setMtu(network.mtu());
            }
            tap.configure(address.bits(), mask.bits());
            if (network.limit() != null && network.limit().isPresent()) {
                TrafficLimit.set(tap.name(), tap.mtu(), network.limit());
            }
        } catch (ErrnoException e) {
            tap.close();
            throw e.errno() == Errno.EPERM ? notAllowed(network, address, mask, e) : e;
        } catch (VmmException e) {
            tap.close();
            throw e;
        }
        LOG.log(Level.DEBUG, "network " + network.id() + " is " + tap.name() + " on the host");
        return tap;
    }

    private static VmmException notAllowed(
            NetworkSpec network, Ipv4Address address, Ipv4Address mask, ErrnoException cause) {
        String name = network.id().length() < 16 ? network.id() : "vmtap0";
        return new VmmException(
                "creating a tap needs CAP_NET_ADMIN, which this process does not have. Have an administrator create"
                        + " one: ip tuntap add " + name + " mode tap " + (network.queues() > 1 ? "multi_queue " : "")
                        + "user "
                        + System.getProperty("user.name") + " && ip address add " + address + "/"
                        + mask.prefixLength() + " dev " + name + " && ip link set " + name + " up; then write tap: "
                        + name + " instead of hostIp and netmask. Or use user: true, which needs no privilege",
                cause);
    }
}
