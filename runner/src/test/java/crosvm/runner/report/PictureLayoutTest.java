package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.report.Picture.Box;
import crosvm.schema.load.SpecLoader;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PictureLayoutTest {
    @Test
    void hasRoomForTheTitleOfEveryBox() {
        String yaml = "kernel: {builtin: hello}\ndisks: [{id: abcdefghijklmnopqrst, path: x.img}]\n";
        Picture picture = GraphPicture.of(DeviceModules.plan(SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", yaml, Path.of("/specs"))
                .orThrow()));
        PictureLayout layout = PictureLayout.of(picture);
        for (Box box : picture.boxes()) {
            assertThat(layout.frames().get(box.id()).width())
                    .as(box.title())
                    .isGreaterThan(box.title().length() * PictureLayout.CHARACTER);
        }
    }
}
