package crosvm.vmm.virtio.pci;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.irq.MsiRoute;
import crosvm.vmm.irq.MsiRoutes;
import java.util.ArrayList;
import java.util.List;

/** Routes that end in a list: {@link #delivered} takes what irqfd would have injected. */
final class FakeMsiRoutes implements MsiRoutes {
    final List<FakeRoute> routes = new ArrayList<>();

    static final class FakeRoute implements MsiRoute {
        final List<EventFd> calls = new ArrayList<>();
        long address = -1;
        int data;
        boolean refuses;
        boolean closed;

        @Override
        public boolean program(long newAddress, int newData) {
            if (refuses) {
                return false;
            }
            address = newAddress;
            data = newData;
            return true;
        }

        @Override
        public void connect(EventFd call) {
            if (address < 0 || calls.contains(call)) {
                throw new IllegalStateException("connected twice, or without a message");
            }
            calls.add(call);
        }

        @Override
        public void disconnect(EventFd call) {
            calls.remove(call);
        }

        @Override
        public void close() {
            closed = true;
        }

        /** How many interrupts have gone out since the last look, several signals of one source counting as one. */
        int delivered() {
            int sum = 0;
            for (EventFd call : calls) {
                sum += call.drain() > 0 ? 1 : 0;
            }
            return sum;
        }

        int awaitDelivered() {
            for (int i = 0; i < 1000; i++) {
                int sum = delivered();
                if (sum > 0) {
                    return sum;
                }
                if (!calls.isEmpty()) {
                    calls.get(0).isSignalled();
                }
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
            return 0;
        }
    }

    @Override
    public FakeRoute allocate() {
        FakeRoute route = new FakeRoute();
        routes.add(route);
        return route;
    }
}
