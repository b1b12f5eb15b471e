package crosvm.vmm.kvm;

import crosvm.vmm.linux.abi.KvmCpuid;
import java.util.ArrayList;
import java.util.List;

/**
 * What CPUID tells each vCPU: the host's supported leaves, with the ones that name the processor itself rewritten. Every
 * vCPU is a core of one thread in one package, its APIC id its index; the vendor and the name stay the host's (an
 * invented vendor makes glibc refuse to start). Leaves: Intel SDM vol. 2A CPUID; AMD APM vol. 3 appendix E.
 */
public final class GuestCpuid {
    private static final int HYPERVISOR = 1 << 31;
    private static final int TSC_DEADLINE = 1 << 24;
    private static final int HYPER_THREADING = 1 << 28;
    private static final int AMD_CMP_LEGACY = 1 << 1;
    private static final int LEVEL_SMT = 1 << 8;
    private static final int LEVEL_CORE = 2 << 8;
    private static final int CACHE_SHARING_MASK = 0xfff << 14;
    private static final int CORES_MASK = 0x3f << 26;

    private final List<CpuidEntry> supported;
    private final int count;
    private final boolean tscDeadline;
    private final ProcessorName name;

    /**
     * @param supported what {@link Kvm#supportedCpuid()} says
     * @param count vCPUs, 1 or more
     * @param tscDeadline whether KVM's local APIC has the TSC-deadline timer, which the supported leaves do not say
     */
    public GuestCpuid(List<CpuidEntry> supported, int count, boolean tscDeadline) {
        this(supported, count, tscDeadline, ProcessorName.ofHost());
    }

    GuestCpuid(List<CpuidEntry> supported, int count, boolean tscDeadline, ProcessorName name) {
        this.supported = List.copyOf(supported);
        this.count = count;
        this.tscDeadline = tscDeadline;
        this.name = name;
    }

    /** Bits of an APIC id that number the cores of a package. */
    static int coreBits(int count) {
        return 32 - Integer.numberOfLeadingZeros(count - 1);
    }

    public List<CpuidEntry> forVcpu(int apicId) {
        List<CpuidEntry> entries = new ArrayList<>();
        for (CpuidEntry e : supported) {
            switch (e.function()) {
                case 0x1 -> entries.add(features(e, apicId));
                case 0x4 -> entries.add(intelCache(e));
                case 0xb, 0x1f -> {
                    if (e.index() == 0) {
                        addTopology(entries, e.function(), apicId);
                    }
                }
                case 0x8000_0001 ->
                    entries.add(count > 1 ? e.withRegisters(e.eax(), e.ebx(), e.ecx() | AMD_CMP_LEGACY, e.edx()) : e);
                case ProcessorName.FIRST_LEAF, ProcessorName.FIRST_LEAF + 1, ProcessorName.LAST_LEAF ->
                    entries.add(name.fill(e));
                case 0x8000_0008 ->
                    entries.add(e.withRegisters(
                            e.eax(), e.ebx(), isAmd() ? coreBits(count) << 12 | (count - 1) & 0xff : e.ecx(), e.edx()));
                case 0x8000_001d -> entries.add(amdCache(e));
                case 0x8000_001e -> entries.add(e.withRegisters(apicId, apicId & 0xff, 0, 0));
                default -> entries.add(e);
            }
        }
        return entries;
    }

    private CpuidEntry features(CpuidEntry e, int apicId) {
        int ebx = e.ebx() & 0xffff | apicId << 24 | Math.min(1 << coreBits(count), 0xff) << 16;
        int ecx = e.ecx() | HYPERVISOR | (tscDeadline ? TSC_DEADLINE : 0);
        int edx = count > 1 ? e.edx() | HYPER_THREADING : e.edx() & ~HYPER_THREADING;
        return e.withRegisters(e.eax(), ebx, ecx, edx);
    }

    /** Deterministic cache parameters: levels 1 and 2 belong to one core, level 3 to the package. */
    private CpuidEntry intelCache(CpuidEntry e) {
        if ((e.eax() & 0x1f) == 0) {
            return e;
        }
        int cores = Math.min((1 << coreBits(count)) - 1, 0x3f);
        return e.withRegisters(sharing(e.eax()) & ~CORES_MASK | cores << 26, e.ebx(), e.ecx(), e.edx());
    }

    private CpuidEntry amdCache(CpuidEntry e) {
        return (e.eax() & 0x1f) == 0 ? e : e.withRegisters(sharing(e.eax()), e.ebx(), e.ecx(), e.edx());
    }

    private int sharing(int eax) {
        int level = eax >>> 5 & 7;
        return eax & ~CACHE_SHARING_MASK | (level >= 3 ? (1 << coreBits(count)) - 1 << 14 : 0);
    }

    /** Extended topology: one thread a core, {@code count} cores, then the end. */
    private void addTopology(List<CpuidEntry> entries, int function, int apicId) {
        int flags = KvmCpuid.FLAG_SIGNIFICANT_INDEX;
        entries.add(new CpuidEntry(function, 0, flags, 0, 1, LEVEL_SMT, apicId));
        entries.add(new CpuidEntry(function, 1, flags, coreBits(count), count, LEVEL_CORE | 1, apicId));
        entries.add(new CpuidEntry(function, 2, flags, 0, 0, 2, apicId));
    }

    private boolean isAmd() {
        for (CpuidEntry e : supported) {
            if (e.function() == 0) {
                return e.ebx() == 0x6874_7541 || e.ebx() == 0x6f67_7948; // "Auth"enticAMD, "Hygo"nGenuine
            }
        }
        return false;
    }
}
