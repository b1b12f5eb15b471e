package crosvm.runner.instance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of real machines of one file, with guests of a few bytes, have in common: a folder of their own, in which nothing runs afterwards. */
abstract class TinyFleet {
    @TempDir
    Path folder;

    private final String functions;

    /** @param functions of the shell, for all scripts */
    TinyFleet(String functions) {
        this.functions = functions;
    }

    @BeforeEach
    void writesKernels() throws IOException {
        KvmMachines.assumeKvm();
        Files.write(folder.resolve("tiny.kernel"), TinyKernel.elf(TinyKernel.OBEYS_POWER_BUTTON));
        Files.write(folder.resolve("crash.kernel"), TinyKernel.elf(TinyKernel.CRASH));
    }

    @AfterEach
    void endsWhatRuns() throws InterruptedException {
        KvmMachines.end(folder);
    }

    /** What a script says, in which {@code $0} is crosvm. */
    final String script(String script) throws Exception {
        return ShellScript.output(folder, functions + script);
    }
}
