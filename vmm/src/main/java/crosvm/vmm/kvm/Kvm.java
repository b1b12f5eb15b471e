package crosvm.vmm.kvm;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.DeviceNode;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.KvmCap;
import crosvm.vmm.linux.abi.KvmCpuid;
import crosvm.vmm.linux.abi.KvmIoctl;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The KVM system descriptor, {@code /dev/kvm} (KVM api.rst §4.1 to 4.6). Used by the thread that builds the machine. */
public final class Kvm implements AutoCloseable {
    public static final String DEVICE = "/dev/kvm";
    private static final int API_VERSION = 12;
    private static final int CPUID_ENTRIES = 256;

    private final Fd fd;

    private Kvm(Fd fd) {
        this.fd = fd;
    }

    /**
     * Opens /dev/kvm and checks everything the engine needs of it.
     *
     * @throws VmmException when there is no KVM, no permission, or something is missing; all missing things are named
     */
    public static Kvm open() {
        return open(DEVICE);
    }

    static Kvm open(String device) {
        requirePlatform(System.getProperty("os.name"), System.getProperty("os.arch"));
        Kvm kvm = new Kvm(openDevice(device));
        try {
            kvm.requireCapabilities();
            return kvm;
        } catch (RuntimeException e) {
            kvm.close();
            throw e;
        }
    }

    static void requirePlatform(String os, String architecture) {
        if (!os.equals("Linux") || !architecture.equals("amd64")) {
            throw new VmmException("this machine is " + os + " on " + architecture
                    + ": virtual machines need Linux on x86-64 with KVM. (lint, config and graph work anywhere.)");
        }
    }

    private static Fd openDevice(String device) {
        try {
            return Fd.open(device, Fd.O_RDWR);
        } catch (ErrnoException e) {
            String advice = switch (e.errno()) {
                case EACCES, EPERM -> DeviceNode.openAdvice(Path.of(device), e.errno());
                case ENOENT, ENXIO, ENODEV ->
                    "KVM is not available: load kvm_intel or kvm_amd, switch on "
                            + "virtualization in the firmware, or (in a VM) nested virtualization"
                            + (DeviceNode.isContainer(Path.of("/"), System.getenv())
                                    ? ". This is a container: if the host has " + device + ", it is to be given it ("
                                            + "Docker and Podman: --device " + device
                                            + "; Kubernetes: a device plugin, or privileged: true)"
                                    : "");
                default -> "Run: crosvm doctor";
            };
            throw new ErrnoException(device + ": open", e.code(), advice);
        }
    }

    private void requireCapabilities() {
        int version = fd.ioctl(KvmIoctl.GET_API_VERSION, 0);
        if (version != API_VERSION) {
            throw new VmmException(fd.name() + ": API version " + version + "; this program needs " + API_VERSION);
        }
        List<String> missing = new ArrayList<>();
        for (KvmCap cap : KvmCap.values()) {
            if (checkExtension(cap.number()) <= 0) {
                missing.add(cap.name() + " (" + cap.purpose() + ")");
            }
        }
        if (!missing.isEmpty()) {
            throw new VmmException(fd.name() + ": this host's KVM lacks " + String.join(", ", missing)
                    + ". A newer kernel, or one configured with them, is needed");
        }
    }

    /** KVM_CHECK_EXTENSION: 0 when absent, otherwise 1 or a number whose meaning depends on the capability. */
    public int checkExtension(int capability) {
        return fd.ioctl(KvmIoctl.CHECK_EXTENSION, capability);
    }

    /** The most vCPUs a VM may have on this host. */
    public int maxVcpus() {
        return Math.max(checkExtension(KvmCap.MAX_VCPUS), checkExtension(KvmCap.NR_VCPUS));
    }

    /** Size of the page area a vCPU shares with the kernel, in bytes. */
    public int vcpuMmapSize() {
        return fd.ioctl(KvmIoctl.GET_VCPU_MMAP_SIZE, 0);
    }

    public KvmVm createVm() {
        int number;
        do { // Creating a VM waits for the kernel's threads and may be interrupted by the JVM's own signals.
            number = tryCreateVm();
        } while (number == -Errno.EINTR.code());
        if (number < 0) {
            throw new ErrnoException(fd.name() + ": KVM_CREATE_VM", -number);
        }
        return new KvmVm(Fd.owning(number, "KVM VM"), vcpuMmapSize());
    }

    private int tryCreateVm() {
        try {
            return fd.ioctl(KvmIoctl.CREATE_VM, 0);
        } catch (ErrnoException e) {
            return -e.code();
        }
    }

    /** What CPUID may tell the guest on this host (KVM api.rst §4.46). */
    public List<CpuidEntry> supportedCpuid() {
        int entrySize = KvmCpuid.ENTRY.size();
        NativeBuffer buffer = NativeBuffer.allocate(KvmCpuid.HEADER.size() + CPUID_ENTRIES * entrySize);
        ByteBuffer bytes = buffer.bytes();
        KvmCpuid.NENT.set(bytes, CPUID_ENTRIES);
        fd.ioctl(KvmIoctl.GET_SUPPORTED_CPUID, buffer);
        int count = (int) KvmCpuid.NENT.get(bytes);
        List<CpuidEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(CpuidEntry.read(bytes, KvmCpuid.HEADER.size() + i * entrySize));
        }
        return entries;
    }

    @Override
    public void close() {
        fd.close();
    }
}
