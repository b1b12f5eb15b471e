package crosvm.schema.load;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.VmSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Absolute paths in a spec that came from another computer. */
class CarriedRootTest {
    @TempDir
    Path root;

    @Test
    void leadToTheFilesThatCameAndOthersToTheHostsOwn() throws IOException {
        Files.createDirectories(root.resolve("srv/images"));
        Files.writeString(root.resolve("srv/images/root.img"), "");
        Files.writeString(root.resolve("srv/more.yaml"), "machines: {b: {kernel: {image: /srv/images/root.img}}}\n");
        String yaml = """
                kernel: {image: /srv/images/root.img, initrd: /boot/initrd.img}
                disks: [{path: images/root.img}]
                """;
        SpecLoader loader = SpecLoader.withEnvironment(Map.of("CROSVM_CARRIED", root.toString()));
        VmSpec spec = loader.load("vm.yaml", yaml, root.resolve("srv")).orThrow();
        Path image = root.resolve("srv/images/root.img");
        assertThat(spec.kernel().image()).isEqualTo(image);
        assertThat(spec.kernel().initrd()).isEqualTo(Path.of("/boot/initrd.img"));
        assertThat(spec.disks().get(0).path()).isEqualTo(image);
        assertThat(SpecLoader.withEnvironment(Map.of())
                        .load("vm.yaml", yaml, root)
                        .orThrow()
                        .kernel()
                        .image())
                .isEqualTo(Path.of("/srv/images/root.img"));

        Path fleet = Files.writeString(root.resolve("vm.yaml"), "name: f\ninclude: [/srv/more.yaml]\nmachines: {}\n");
        assertThat(loader.loadAll(java.util.List.of(fleet), crosvm.schema.bind.SpecOverrides.none())
                        .orThrow()
                        .get(0)
                        .result()
                        .orThrow()
                        .kernel()
                        .image())
                .isEqualTo(image);
    }
}
