package crosvm.vmm.virtio.remote;

import crosvm.vmm.hosting.DeviceMain;

/** A device process whose JVM collects all garbage every second, and compiles and throws exceptions meanwhile. */
final class GcDeviceMain {
    private static final int MILLISECONDS = 1000;

    private GcDeviceMain() {}

    public static void main(String[] arguments) {
        Thread collector = new Thread(GcDeviceMain::collect, "collector");
        collector.setDaemon(true);
        collector.start();
        DeviceMain.main(arguments);
    }

    @SuppressWarnings("ReturnValueIgnored") // Called for its exception.
    private static void collect() {
        while (true) {
            byte[][] garbage = new byte[64][];
            for (int i = 0; i < garbage.length; i++) {
                garbage[i] = new byte[16 << 10];
            }
            System.gc();
            try {
                Object nothing = garbage.length > 0 ? null : garbage;
                nothing.hashCode(); // In compiled code a SIGSEGV that the JVM expects.
            } catch (NullPointerException e) {
                garbage = null;
            }
            try {
                Thread.sleep(MILLISECONDS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
