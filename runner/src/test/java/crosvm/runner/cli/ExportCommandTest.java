package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.VmSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the examples become elsewhere is written down in {@code src/test/resources/export}. After a wanted change write it anew
 * with {@code -Dgolden.update=true} and look at the difference.
 */
class ExportCommandTest {
    private static final Path EXAMPLES = Path.of("../examples");
    private static final Path GOLDEN = Path.of("src/test/resources/export");

    @TempDir
    Path folder;

    static Stream<Arguments> exports() {
        return ExamplesTest.machines().stream()
                .flatMap(example ->
                        Stream.of("systemd", "quadlet", "kubernetes").map(target -> Arguments.of(example, target)));
    }

    private static String export(String example, String target) {
        Run run = Run.of("export", target, EXAMPLES.resolve(example).toString(), "--image", "localhost/crosvm:1");
        String here = EXAMPLES.toAbsolutePath().normalize().toString();
        return (run.status() == 0 ? run.out() : "status " + run.status() + "\n" + run.err())
                .replace(here, "/srv/machines");
    }

    @ParameterizedTest
    @MethodSource("exports")
    void areAsWrittenDown(String example, String target) throws IOException {
        Path golden = GOLDEN.resolve(example.replace(".yaml", "." + target));
        String text = export(example, target);
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(golden, text);
        }
        assertThat(text).isEqualTo(Files.readString(golden));
    }

    @ParameterizedTest
    @MethodSource("crosvm.runner.cli.ExamplesTest#machines")
    void objectsOfKubernetesFitItsSchema(String example) {
        for (String kvm : List.of("privileged", "device-plugin=example.org/kvm")) {
            Run run =
                    Run.of("export", "kubernetes", EXAMPLES.resolve(example).toString(), "--kvm", kvm, "--wait", "x'y");
            assertThat(run.status()).as(run.err()).isIn(0, 2);
            assertThat(run.status() == 0)
                    .as("objects or errors")
                    .isEqualTo(!run.out().isEmpty());
            KubernetesSchema.documents(run.out()).forEach(KubernetesSchema::check);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kubernetes", "systemd worker-1", "quadlet worker-1"})
    void fleetsAreAsWrittenDown(String words) throws IOException {
        Path golden = GOLDEN.resolve("fleet." + words.replace(' ', '.'));
        List<String> command = new ArrayList<>(List.of(words.split(" ")));
        command.add(0, "export");
        command.add(2, EXAMPLES.resolve("fleet.yaml").toString());
        command.addAll(List.of("--image", "localhost/crosvm:1"));
        Run run = Run.of(command.toArray(new String[0]));
        assertThat(run.status()).as(run.err()).isZero();
        String text = run.out().replace(EXAMPLES.toAbsolutePath().normalize().toString(), "/srv/machines");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(golden, text);
        }
        assertThat(text).isEqualTo(Files.readString(golden));
    }

    /** Not sorted by path: what is exported must not depend on where the spec's folder stands between others. */
    @ParameterizedTest
    @ValueSource(strings = {"/zz", "/aa"})
    void writesFoldersInTheOrderOfTheSpec(String outside) throws IOException {
        Path spec = Files.writeString(folder.resolve("vm.yaml"), """
                name: web
                kernel: {image: vmlinuz}
                memory: 512MiB
                disks: [{path: in/data.img, readOnly: false}, {path: %s/data.img, readOnly: false}]
                limits: {io: {write: 4MiB}}
                """.formatted(outside));
        assertThat(Run.of("export", "systemd", spec.toString()).out())
                .contains("ReadWritePaths=" + folder.resolve("in") + " " + outside + "\n")
                .contains("IOWriteBandwidthMax=" + folder.resolve("in/data.img") + " 4194304\nIOWriteBandwidthMax="
                        + outside + "/data.img 4194304\n");
        Files.writeString(spec, Files.readString(spec).replaceAll("limits.*", ""));
        assertThat(Run.of("export", "quadlet", spec.toString()).out())
                .contains(folder.resolve("in") + ":/specs/in\nVolume=" + outside + ":" + outside + "\n");
    }

    /** crosvm then finds that they hold, instead of a group of its own that the engine would not let it make. */
    @Test
    void writesLimitsWhereTheEngineHasItsOwn() throws IOException {
        Path spec = Files.writeString(folder.resolve("vm.yaml"), """
                name: web
                kernel: {image: vmlinuz}
                memory: 512MiB
                disks: [{path: data.img, readOnly: false}, {path: /dev/vdz}]
                limits: {cpu: 0.25, memory: 4GiB, io: {write: 4MiB, readIops: 100}, pids: 300}
                """);
        String unit = Run.of("export", "systemd", spec.toString()).out();
        assertThat(unit)
                .containsPattern("MemoryMax=[0-9]{3,4}M\n")
                .contains(
                        "CPUQuota=25%\nMemorySwapMax=0\nOOMPolicy=kill\nTasksMax=300\n",
                        "IOWriteBandwidthMax=/dev/vdz 4194304\nIOReadIOPSMax=/dev/vdz 100\n",
                        "IOWriteBandwidthMax=" + folder.resolve("data.img") + " 4194304\n");
        Run container = Run.of("export", "quadlet", spec.toString());
        assertThat(container.status()).isEqualTo(1);
        assertThat(container.err()).contains("web: limits.io: a container does not see");
        Files.writeString(spec, Files.readString(spec).replace("io: {write: 4MiB, readIops: 100}, ", ""));
        assertThat(Run.of("export", "quadlet", spec.toString()).out())
                .containsPattern("--memory=([0-9]+m) --cpus=0.25 --pids-limit=300 --memory-swap=\\1 ");
        Files.writeString(
                spec, "name: web\nkernel: {image: vmlinuz}\nmemory: 512MiB\nlimits: {cpu: 0.25, memory: 4GiB}\n");
        Run pod = Run.of("export", "kubernetes", spec.toString());
        KubernetesSchema.documents(pod.out()).forEach(KubernetesSchema::check);
        assertThat(pod.out())
                .containsPattern(
                        "requests: \\{cpu: [0-9]+m, memory: [0-9]+Mi}\n +limits:\n( +)memory: [0-9]+Mi\n\\1cpu: 250m\n");
    }

    @Test
    void makesAnObjectOfEachMachineAndKeepsTheirOrder() throws IOException {
        Path spec = Files.writeString(folder.resolve("vm.yaml"), """
                name: shop
                defaults: {kernel: {image: vmlinuz, initrd: initrd.img}}
                machines:
                  web: {replicas: 2, dependsOn: {db: ready, cache: started}}
                  cache: {}
                  db:
                    ready: {console: "login:"}
                    disks: [{path: db.img, readOnly: false}]
                  check: {profiles: [test], dependsOn: {db: ended}}
                """);
        Run run = Run.of("export", "kubernetes", spec.toString());
        assertThat(run.status()).as(run.err()).isZero();
        List<Map<?, ?>> objects = KubernetesSchema.documents(run.out());
        objects.forEach(KubernetesSchema::check);
        assertThat(objects)
                .extracting(object -> object.get("kind") + " " + ((Map<?, ?>) object.get("metadata")).get("name"))
                .contains(
                        "Deployment shop-web-1",
                        "Deployment shop-web-2",
                        "Deployment shop-cache",
                        "StatefulSet shop-db",
                        "Service shop-db-ready",
                        "Service shop-cache-started")
                .doesNotContain("Service shop-db-started", "Service shop-cache-ready", "Deployment shop-check");
        assertThat(run.out())
                .contains("for name in shop-db-ready shop-cache-started; do until getent hosts $name")
                .contains("command: [crosvm, status, --ready, \"shop-db\"]")
                .containsOnlyOnce("publishNotReadyAddresses: true");
        Run unit = Run.of("export", "systemd", spec.toString(), "web-2");
        assertThat(unit.out())
                .contains("Requires=shop-db.service shop-cache.service\nAfter=shop-db.service shop-cache.service\n")
                .contains("up " + spec + " web-2 --no-deps\n");
        assertThat(Run.of("export", "quadlet", spec.toString(), "web-2").out())
                .contains("After=shop-db.service shop-cache.service\n", "Exec=up /specs/vm.yaml web-2 --no-deps\n");
        assertThat(Run.of("export", "systemd", spec.toString()).err())
                .contains("holds several machines; name one of them behind it: ");
        assertThat(Run.of("export", "kubernetes", spec.toString(), "check").err())
                .contains("shop-check: dependsOn: waits for the end of db");
    }

    @Test
    void theSchemaRefusesWhatTheApiDoesNotHave() {
        String text = export("network.yaml", "kubernetes");
        for (String[] change : new String[][] {
            {"readinessProbe:", "readyProbe:"}, {"replicas: 1", "replicas: one"}, {"kind: Service", "kind: Servise"}
        }) {
            assertThat(text).contains(change[0]);
            List<Map<?, ?>> objects = KubernetesSchema.documents(text.replace(change[0], change[1]));
            assertThatThrownBy(() -> objects.forEach(KubernetesSchema::check))
                    .as(change[1])
                    .isNotNull();
        }
    }

    /** While a change rolls, the old Pods are there: a node that is full of them is not to be kept free of new ones. */
    @Test
    void replicasKeepApartFromTheirLikeAndNotFromThoseThatTheyReplace() {
        List<String> revisions = Stream.of(
                        List.of(), List.of("--memory", "64MiB"), List.of("--image", "localhost/crosvm:2"))
                .map(more -> {
                    List<String> words = new ArrayList<>(List.of(
                            "export",
                            "kubernetes",
                            EXAMPLES.resolve("hello.yaml").toString()));
                    more.forEach(word -> words.add((String) word));
                    String text = Run.of(words.toArray(String[]::new)).out();
                    List<String> labels = Pattern.compile("\\{app.kubernetes.io/name: hello, crosvm/revision: (.*)}")
                            .matcher(text)
                            .results()
                            .map(found -> found.group(1))
                            .toList();
                    assertThat(labels).as(text).hasSize(2);
                    assertThat(labels.get(0)).isEqualTo(labels.get(1)).matches("\"[0-9a-f]{16}\"");
                    return labels.get(0);
                })
                .toList();
        assertThat(revisions).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("crosvm.runner.cli.ExamplesTest#machines")
    void theSpecInTheConfigMapIsTheSameMachine(String example) throws IOException {
        Run run = Run.of("export", "kubernetes", EXAMPLES.resolve(example).toString(), "--kvm", "privileged");
        if (run.status() != 0) {
            return; // What cannot go there is in the golden file.
        }
        String yaml = KubernetesSchema.documents(run.out()).stream()
                .filter(object -> object.get("kind").equals("ConfigMap"))
                .map(object -> (String) ((Map<?, ?>) object.get("data")).get("vm.yaml"))
                .findFirst()
                .orElseThrow();
        VmSpec there = SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", yaml, Path.of("/specs"))
                .orThrow();
        VmSpec here = SpecLoader.withEnvironment(Map.of())
                .load(EXAMPLES.resolve(example))
                .orThrow();
        assertThat(there.name()).isEqualTo(here.name());
        assertThat(there.memory()).isEqualTo(here.memory());
        assertThat(there.cpus()).isEqualTo(here.cpus());
        assertThat(there.networks()).isEqualTo(here.networks());
        assertThat(there.kernel().params()).isEqualTo(here.kernel().params());
        assertThat(there.balloon()).isEqualTo(here.balloon());
        assertThat(there.sandbox()).isEqualTo(here.sandbox());
        assertThat(there.disks().stream().map(DiskSpec::id))
                .containsExactlyElementsOf(
                        here.disks().stream().map(DiskSpec::id).toList());
        List<String> places = new ArrayList<>();
        there.disks().stream()
                .filter(disk -> disk.path() != null)
                .forEach(disk -> places.add((disk.keepsImage() ? "/files/" : "/disks/") + " " + disk.path()));
        assertThat(places).allSatisfy(place -> assertThat(place.split(" ")[1]).startsWith(place.split(" ")[0]));
    }

    @Test
    void givesEachWritableDiskAClaimAndACopyOfItsImage() throws IOException {
        Path spec = Files.writeString(folder.resolve("vm.yaml"), """
                name: db
                kernel: {image: vmlinuz, initrd: initrd.img}
                disks:
                  - {id: data, path: "my images/data.img", readOnly: false, size: 4GiB}
                guest:
                  credentials: {token: token.txt, user: {env: DB_USER}}
                """);
        Run run = Run.of("export", "kubernetes", spec.toString(), "--replicas", "3");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("kind: StatefulSet", "replicas: 3", "serviceName: db-machines", "storage: \"4288Mi\"")
                .contains("cp --sparse=always '/files/my images/data.img' '/disks/my images/data.img.part'")
                .contains("path: \"/disks/my images/data.img\"")
                .contains("secretKeyRef: {name: db-secrets, key: DB_USER}", "secretName: db-secrets")
                .contains("file: /secrets/token")
                .contains("devices.kubevirt.io/kvm")
                .doesNotContain("privileged: true");
        KubernetesSchema.documents(run.out()).forEach(KubernetesSchema::check);
    }

    @Test
    void refusesWhatCannotGoIntoAPodAndSaysAllOfIt() throws IOException {
        Path spec = Files.writeString(folder.resolve("vm.yaml"), """
                name: Web_1
                kernel: {image: /boot/vmlinuz, initrd: initrd.img}
                networks: [{hostIp: 192.168.10.1, netmask: 255.255.255.0}]
                shares: [{tag: src, path: ./src}]
                wayland: auto
                vsock: 3
                """);
        Run run = Run.of("export", "kubernetes", spec.toString());
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .contains(
                        "[kubernetes-name]",
                        "[kubernetes-host-path]",
                        "[kubernetes-tap]",
                        "[kubernetes-share]",
                        "[kubernetes-wayland]",
                        "[kubernetes-vsock]");
        assertThat(Run.of("lint", "--target", "kubernetes", spec.toString()).out())
                .contains("5 errors");
        assertThat(Run.of("lint", spec.toString()).out()).contains("0 errors");
    }

    @Test
    void escapesWhatAnEngineWouldRead() throws IOException {
        Path odd = Files.createDirectory(folder.resolve("50% \"off\" $HOME"));
        Path spec = Files.writeString(odd.resolve("vm.yaml"), "name: odd\nkernel: {builtin: hello}\n");
        assertThat(Run.of("export", "systemd", spec.toString()).out())
                .contains("up \"" + folder + "/50%% \\\"off\\\" $$HOME/vm.yaml\"");
        String pattern = "$(HOME)' \"ready\"";
        Run run = Run.of(
                "export",
                "kubernetes",
                spec.toString(),
                "--wait",
                pattern.replace("(", "[(]").replace(")", "[)]"));
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("grep -qE -- '$[(]HOME[)]'\\\\'' \\\"ready\\\"'");
    }

    @Test
    void saysWhatIsWrongOnTheCommandLine() {
        String hello = EXAMPLES.resolve("hello.yaml").toString();
        for (String[] wrong : new String[][] {
            {"export", "nomad", hello},
            {"export"},
            {"export", "systemd", "-"},
            {"export", "kubernetes", hello, "--kvm", "device-plugin="},
            {"export", "kubernetes", hello, "--replicas", "0"},
            {"export", "kubernetes", hello, "--storage", "much"},
            {"export", "kubernetes", hello, "--image", "a b"},
            {"lint", "--target", "nomad", hello}
        }) {
            Run run = Run.of(wrong);
            assertThat(run.status()).as(String.join(" ", wrong)).isEqualTo(2);
            assertThat(run.out()).isEmpty();
        }
        assertThat(Run.of("export", "nomad", hello).err()).contains("systemd, quadlet, kubernetes");
    }
}
