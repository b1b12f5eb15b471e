package crosvm.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GuestCpuidTest {
    private static final CpuidEntry INTEL = new CpuidEntry(0, 0, 0, 0x1f, 0x756e6547, 0x6c65746e, 0x49656e69);
    private static final CpuidEntry AMD = new CpuidEntry(0, 0, 0, 0x10, 0x68747541, 0x444d4163, 0x69746e65);
    private static final CpuidEntry FEATURES = new CpuidEntry(1, 0, 0, 0x306f2, 0x00_04_08_00, 0x1, 0x1);

    @Test
    void keepsTheHostsVendor() {
        assertThat(leaf(cpuid(4, INTEL), 0, 0, 0)).isEqualTo(INTEL);
    }

    @Test
    void givesEveryVcpuItsOwnApicIdInLeaf1() {
        for (int id : new int[] {0, 1, 5, 254}) {
            CpuidEntry leaf = leaf(cpuid(255, FEATURES), 1, 0, id);
            assertThat(leaf.ebx() >>> 24).isEqualTo(id);
            assertThat(leaf.ebx() & 0xffff).isEqualTo(0x0800);
        }
    }

    @Test
    void tellsOfAHypervisorAndOfTheDeadlineTimerOnlyWhereItExists() {
        assertThat(leaf(new GuestCpuid(List.of(FEATURES), 1, true), 1, 0, 0).ecx())
                .isEqualTo(0x8100_0001);
        assertThat(leaf(new GuestCpuid(List.of(FEATURES), 1, false), 1, 0, 0).ecx())
                .isEqualTo(0x8000_0001);
    }

    @Test
    void tellsOfSeveralLogicalProcessorsOnlyWhenThereAre() {
        assertThat(leaf(cpuid(1, FEATURES), 1, 0, 0).edx() >>> 28 & 1).isZero();
        assertThat(leaf(cpuid(3, FEATURES), 1, 0, 0).edx() >>> 28 & 1).isOne();
        assertThat(leaf(cpuid(3, FEATURES), 1, 0, 0).ebx() >>> 16 & 0xff).isEqualTo(4);
    }

    @Test
    void describesOneThreadACoreInTheExtendedTopologyLeaves() {
        for (int function : new int[] {0xb, 0x1f}) {
            GuestCpuid cpuid =
                    cpuid(6, new CpuidEntry(function, 0, 1, 9, 9, 9, 9), new CpuidEntry(function, 1, 1, 9, 9, 9, 9));
            CpuidEntry smt = leaf(cpuid, function, 0, 5);
            CpuidEntry core = leaf(cpuid, function, 1, 5);
            assertThat(List.of(smt.eax(), smt.ebx(), smt.ecx(), smt.edx())).containsExactly(0, 1, 0x100, 5);
            assertThat(List.of(core.eax(), core.ebx(), core.ecx(), core.edx())).containsExactly(3, 6, 0x201, 5);
            assertThat(cpuid.forVcpu(5)).hasSize(3);
        }
    }

    @Test
    void sharesOnlyTheThirdCacheLevelBetweenCores() {
        CpuidEntry level1 = new CpuidEntry(4, 0, 1, 0x3ff_fc_121 | 7 << 14, 0, 0, 0);
        CpuidEntry level3 = new CpuidEntry(4, 3, 1, 0x163, 0, 0, 0);
        GuestCpuid cpuid = cpuid(4, level1, level3);
        assertThat(leaf(cpuid, 4, 0, 0).eax() >>> 14 & 0xfff).isZero();
        assertThat(leaf(cpuid, 4, 3, 0).eax() >>> 14 & 0xfff).isEqualTo(3);
        assertThat(leaf(cpuid, 4, 3, 0).eax() >>> 26).isEqualTo(3);
    }

    @Test
    void numbersCoresTheAmdWayOnAmdHostsOnly() {
        CpuidEntry sizes = new CpuidEntry(0x8000_0008, 0, 0, 0x3030, 0, 0x1234, 0);
        assertThat(leaf(cpuid(4, AMD, sizes), 0x8000_0008, 0, 0).ecx()).isEqualTo(2 << 12 | 3);
        assertThat(leaf(cpuid(4, INTEL, sizes), 0x8000_0008, 0, 0).ecx()).isEqualTo(0x1234);
    }

    private static GuestCpuid cpuid(int count, CpuidEntry... supported) {
        return new GuestCpuid(List.of(supported), count, false);
    }

    private static CpuidEntry leaf(GuestCpuid cpuid, int function, int index, int apicId) {
        return cpuid.forVcpu(apicId).stream()
                .filter(e -> e.function() == function && e.index() == index)
                .findFirst()
                .orElseThrow();
    }
}
