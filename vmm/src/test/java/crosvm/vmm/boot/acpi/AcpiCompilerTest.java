package crosvm.vmm.boot.acpi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ACPI's reference compiler, iasl, says of the tables: it takes them apart and compiles the result again. */
class AcpiCompilerTest {
    @TempDir
    Path folder;

    private final AcpiTables tables = new AcpiTables(AcpiMachine.of(4, 6L << 30));

    @BeforeEach
    void needsTheCompiler() {
        boolean installed = Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(bin -> Files.isExecutable(Path.of(bin, "iasl")));
        assumeTrue(installed, "iasl is not installed (Debian: apt-get install acpica-tools)");
    }

    @Test
    void compilesTheDsdtAgainWithoutErrorOrWarningToTheSameBytes() throws Exception {
        byte[] dsdt = tables.table("DSDT");
        Files.write(folder.resolve("dsdt.aml"), dsdt);
        String apart = iasl("-d", "dsdt.aml");
        assertThat(apart)
                .contains("Disassembly completed")
                .doesNotContainIgnoringCase("error")
                .doesNotContain("Warning");
        String again = iasl("-oa", "-p", "again", "dsdt.dsl");
        assertThat(again).contains("0 Errors, 0 Warnings");
        // All but creator and checksum, which are the compiler's.
        assertThat(Arrays.copyOfRange(Files.readAllBytes(folder.resolve("again.aml")), 36, dsdt.length))
                .isEqualTo(Arrays.copyOfRange(dsdt, 36, dsdt.length));
    }

    @Test
    void readsTheDsdtAsItWasMeant() throws Exception {
        Files.write(folder.resolve("dsdt.aml"), tables.table("DSDT"));
        iasl("-d", "dsdt.aml");
        String text = Files.readString(folder.resolve("dsdt.dsl")).replaceAll("\\s+", " ");
        assertThat(text)
                .contains("Name (_HID, EisaId (\"PNP0A08\")")
                .contains("0xC0000000, // Range Minimum 0xDFFFFFFF, // Range Maximum")
                .contains("0x00000001C0000000, // Range Minimum")
                .contains("Package (0x04) { 0x0009FFFF, Zero, Zero, 0x11 }")
                .contains("Memory32Fixed (ReadWrite, 0xE0000000, // Address Base 0x00100000")
                .contains("Name (\\_S5, Package (0x04) // _S5_: S5 System State { 0x05, Zero, Zero, Zero })")
                .contains("Device (C003)")
                .doesNotContain("Device (C004)");
    }

    @Test
    void findsNothingWrongWithTheDataTables() throws Exception {
        for (String signature : List.of("FACP", "APIC", "MCFG")) {
            Files.write(folder.resolve(signature + ".aml"), tables.table(signature));
            assertThat(iasl("-d", signature + ".aml"))
                    .as(signature)
                    .doesNotContainIgnoringCase("error")
                    .doesNotContain("Warning")
                    .doesNotContain("Invalid");
            assertThat(iasl("-p", "again", signature + ".dsl")).as(signature).contains("0 Errors, 0 Warnings");
        }
    }

    private String iasl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("iasl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
