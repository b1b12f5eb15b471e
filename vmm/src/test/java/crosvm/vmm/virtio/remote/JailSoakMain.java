package crosvm.vmm.virtio.remote;

import crosvm.vmm.jail.JailableClassPath;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * {@code JailSoakMain SECONDS}: a jailed disk under reads, writes and flushes and a jailed network card under frames both ways for
 * so long, with a full collection every second in both. Prints how many there were; status 1 when one died. Run by
 * {@code .ci/soak-jail}.
 */
final class JailSoakMain {
    private JailSoakMain() {}

    public static void main(String[] arguments) throws Exception {
        long nanoseconds = Long.parseLong(arguments[0]) * 1_000_000_000L;
        JailableClassPath classPath = new JailableClassPath();
        classPath.beforeAll(null);
        int status = 1;
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            Future<String> disk = threads.submit((Callable<String>) () -> new DiskSoak().run(nanoseconds));
            Future<String> network = threads.submit((Callable<String>) () -> new NetSoak().run(nanoseconds));
            System.out.println("JDK " + Runtime.version() + ": " + disk.get() + "; " + network.get()
                    + "; no violation in " + arguments[0] + " s");
            status = 0;
        } finally {
            classPath.afterAll(null);
            Runtime.getRuntime().halt(status);
        }
    }
}
