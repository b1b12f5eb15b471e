package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.FdChannel;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProgramOutputTest {
    private final byte[] buffer = new byte[100];

    private static void write(ProgramOutput output, String text) {
        FdChannel.over(output.writer().number(), "writer").write(ByteBuffer.wrap(text.getBytes()));
    }

    @Test
    void readsUntilNobodyCanWriteAnyMore() {
        try (ProgramOutput output = new ProgramOutput("output")) {
            write(output, "said");
            output.await();
            assertThat(new String(buffer, 0, output.read(buffer))).isEqualTo("said");
            output.letGoOfWriter();
            output.await();
            assertThat(output.read(buffer)).isEqualTo(-1);
        }
    }

    @Test
    void goesOnWhenItIsStoppedAlthoughSomebodyStillCouldWrite() throws Exception {
        try (ProgramOutput output = new ProgramOutput("output")) {
            CompletableFuture<Integer> read = CompletableFuture.supplyAsync(() -> output.read(buffer));
            Thread.sleep(50); // So that it waits, most often.
            output.stop();
            assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(-1);
            output.await();
            write(output, "late");
            assertThat(output.read(buffer)).isEqualTo(-1);
        }
    }
}
