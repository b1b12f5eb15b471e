package crosvm.vmm.kvm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The processor's brand string, which CPUID tells in three leaves of 16 bytes (Intel SDM vol. 2A CPUID, "Processor Brand
 * String"; AMD APM vol. 3 appendix E.4.2). KVM leaves them empty; Linux shows the host's as "model name".
 */
final class ProcessorName {
    static final int FIRST_LEAF = 0x8000_0002;
    static final int LAST_LEAF = 0x8000_0004;

    private static final int SIZE = 48;
    private static final String LABEL = "model name";

    private final byte[] bytes = new byte[SIZE];

    /** {@code name}: as much as fits with the zero at its end; characters outside printable ASCII become '?'. */
    ProcessorName(String name) {
        String shown = name.strip().replaceAll("[^ -~]", "?");
        byte[] ascii = shown.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, bytes, 0, Math.min(ascii.length, SIZE - 1));
    }

    /** The name of this host's first processor; empty where the kernel does not tell one. */
    static ProcessorName ofHost() {
        return in(Path.of("/proc/cpuinfo"));
    }

    static ProcessorName in(Path cpuinfo) {
        try (Stream<String> lines = Files.lines(cpuinfo, StandardCharsets.ISO_8859_1)) {
            return new ProcessorName(lines.filter(line -> line.startsWith(LABEL) && line.indexOf(':') >= 0)
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1))
                    .orElse(""));
        } catch (IOException e) {
            return new ProcessorName("");
        }
    }

    /** The leaf, which is one of the three, with its part of the name; as it is when it says something already. */
    CpuidEntry fill(CpuidEntry leaf) {
        if ((leaf.eax() | leaf.ebx() | leaf.ecx() | leaf.edx()) != 0) {
            return leaf;
        }
        int at = (leaf.function() - FIRST_LEAF) * 16;
        return leaf.withRegisters(word(at), word(at + 4), word(at + 8), word(at + 12));
    }

    private int word(int at) {
        return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16 | bytes[at + 3] << 24;
    }
}
