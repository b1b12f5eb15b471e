package crosvm.vmm.virtio.pci;

import crosvm.vmm.jail.JailableClassPath;

/** {@code HijackSoakMain SECONDS}: {@link HijackSoak} for so long; prints what was done. Run by {@code .ci/soak-jail}. */
final class HijackSoakMain {
    private HijackSoakMain() {}

    public static void main(String[] arguments) throws Exception {
        JailableClassPath classPath = new JailableClassPath();
        classPath.beforeAll(null);
        int status = 1;
        try {
            long seed = System.nanoTime();
            System.out.println("JDK " + Runtime.version() + ", hijacked (seed " + seed + "): "
                    + new HijackSoak(seed).run(Long.parseLong(arguments[0]) * 1_000_000_000L) + " in " + arguments[0]
                    + " s");
            status = 0;
        } catch (Exception | AssertionError e) {
            System.out.println("JDK " + Runtime.version() + ", hijacked: " + e);
            e.printStackTrace();
        } finally {
            classPath.afterAll(null);
            Runtime.getRuntime().halt(status);
        }
    }
}
