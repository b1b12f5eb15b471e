package crosvm.vmm.device.wl;

import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.util.List;

/** A driver beside a virtio-wl device on a worker of this process, its host behind a channel as in a machine. */
final class WlBench extends WlDriver {
    final FakeHost host;

    WlBench() {
        this(0);
    }

    WlBench(long features) {
        this(new FakeHost(), features);
    }

    private WlBench(FakeHost host, long features) {
        super(new ThreadBackend(new WlDevice(channelTo(host))), features);
        this.host = host;
    }

    /** A way to {@code host} as in a machine, where it is in another process. It ends with the device. */
    static WlHost channelTo(WlHost host) {
        List<UnixSocket> pair = UnixSocket.pair("wl channel");
        ChannelServer server = new ChannelServer(pair.get(0), host);
        Thread thread = new Thread(
                () -> {
                    try (server) {
                        server.serve();
                    }
                },
                "wl channel");
        thread.setDaemon(true);
        thread.start();
        return new ChannelHost(pair.get(1).fd());
    }
}
