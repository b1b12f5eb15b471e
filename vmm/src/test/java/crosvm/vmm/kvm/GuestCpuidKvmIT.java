package crosvm.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What CPUID would tell a guest on this host, made from what its KVM supports. */
class GuestCpuidKvmIT {
    @Test
    void tellsTheNameOfTheHostsProcessor() throws IOException {
        String name = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("");
        ByteBuffer told = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        try (Kvm kvm = Kvm.open()) {
            for (CpuidEntry leaf : new GuestCpuid(kvm.supportedCpuid(), 1, false).forVcpu(0)) {
                if (leaf.function() >= ProcessorName.FIRST_LEAF && leaf.function() <= ProcessorName.LAST_LEAF) {
                    told.putInt(leaf.eax())
                            .putInt(leaf.ebx())
                            .putInt(leaf.ecx())
                            .putInt(leaf.edx());
                }
            }
        }
        assertThat(new String(told.array(), StandardCharsets.ISO_8859_1).replace("\0", ""))
                .isEqualTo(name);
    }
}
