package crosvm.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorNameTest {
    private static final CpuidEntry[] EMPTY = {
        new CpuidEntry(0x8000_0002, 0, 0, 0, 0, 0, 0),
        new CpuidEntry(0x8000_0003, 0, 0, 0, 0, 0, 0),
        new CpuidEntry(0x8000_0004, 0, 0, 0, 0, 0, 0)
    };

    @Test
    void standsInThreeLeavesOf16BytesInOrder() {
        assertThat(text(new ProcessorName("Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz"), EMPTY))
                .isEqualTo("Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz");
    }

    @Test
    void isCutSoThatAZeroEndsIt() {
        assertThat(text(new ProcessorName("x".repeat(100)), EMPTY)).isEqualTo("x".repeat(47));
    }

    @Test
    void keepsToPrintableAscii() {
        assertThat(text(new ProcessorName(" A\tB\u00e9C "), EMPTY)).isEqualTo("A?B?C");
    }

    @Test
    void leavesWhatKvmSaysAlone() {
        CpuidEntry told = new CpuidEntry(0x8000_0003, 0, 0, 1, 0, 0, 0);
        assertThat(new ProcessorName("mine").fill(told)).isEqualTo(told);
    }

    @Test
    void isReadFromWhatTheKernelSaysOfTheFirstProcessor(@TempDir Path folder) throws IOException {
        Path cpuinfo = folder.resolve("cpuinfo");
        Files.writeString(cpuinfo, "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7B13\nmodel name\t: other\n");
        assertThat(text(ProcessorName.in(cpuinfo), EMPTY)).isEqualTo("AMD EPYC 7B13");
        assertThat(text(ProcessorName.in(folder.resolve("none")), EMPTY)).isEmpty();
    }

    @Test
    void isToldToEveryVcpu() {
        GuestCpuid cpuid = new GuestCpuid(List.of(EMPTY), 2, false, new ProcessorName("Some Processor"));
        for (int vcpu = 0; vcpu < 2; vcpu++) {
            assertThat(text(cpuid.forVcpu(vcpu))).isEqualTo("Some Processor");
        }
    }

    private static String text(ProcessorName name, CpuidEntry[] leaves) {
        return text(List.of(leaves).stream().map(name::fill).toList());
    }

    private static String text(List<CpuidEntry> leaves) {
        ByteBuffer bytes = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (CpuidEntry leaf : leaves) {
            bytes.putInt(leaf.eax()).putInt(leaf.ebx()).putInt(leaf.ecx()).putInt(leaf.edx());
        }
        String whole = new String(bytes.array(), StandardCharsets.ISO_8859_1);
        return whole.substring(0, whole.indexOf(0));
    }
}
