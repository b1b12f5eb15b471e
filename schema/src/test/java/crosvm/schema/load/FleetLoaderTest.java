package crosvm.schema.load;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.model.Dependency;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file of several machines becomes the specs that as many files of one machine would be. */
class FleetLoaderTest {
    @TempDir
    private Path folder;

    private Path shop() throws IOException {
        return Files.createDirectories(folder.resolve("shop"));
    }

    private Path file(String name, String text) throws IOException {
        Path file = shop().resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return Files.writeString(file, text);
    }

    private static LoadedSpec load(String text, String... sets) {
        SpecOverrides.Builder overrides = SpecOverrides.builder();
        for (String set : sets) {
            overrides.set(set);
        }
        return SpecLoader.withEnvironment(Map.of("SIZE", "96MiB"))
                .loadAll("vm.yaml", text.getBytes(StandardCharsets.UTF_8), Path.of("/srv/shop"), overrides.build());
    }

    private static Map<String, VmSpec> specs(LoadedSpec loaded) {
        assertThat(loaded.problems()).extracting(Problem::headline).isEmpty();
        Map<String, VmSpec> specs = new LinkedHashMap<>();
        loaded.orThrow().forEach(machine -> {
            VmSpec spec = machine.result().orThrow();
            specs.put(spec.name(), spec);
        });
        return specs;
    }

    private static List<String> errors(LoadedSpec loaded) {
        assertThat(loaded.machines().stream().filter(machine -> machine.result().spec() != null))
                .as("with an error none can be started")
                .isEmpty();
        return loaded.problems().stream().map(Problem::describe).toList();
    }

    @Test
    void namesMachinesAfterFleetAndKeyAndStartsThemInTheOrderOfTheirDependencies() {
        LoadedSpec loaded = load("""
                defaults: {kernel: {builtin: hello}, memory: 64MiB}
                machines:
                  web: {dependsOn: {db: started, log: ended}, memory: "${SIZE}"}
                  db: {dependsOn: [log]}
                  log:
                """);
        Map<String, VmSpec> specs = specs(loaded);
        assertThat(specs.keySet()).containsExactly("shop-log", "shop-db", "shop-web");
        assertThat(Objects.requireNonNull(specs.get("shop-web")).memory()).isEqualTo(MemorySize.ofMib(96));
        assertThat(Objects.requireNonNull(specs.get("shop-db")).memory()).isEqualTo(MemorySize.ofMib(64));
        assertThat(Objects.requireNonNull(loaded.fleet()).member("web").dependsOn())
                .isEqualTo(Map.of("db", Dependency.STARTED, "log", Dependency.ENDED));
        assertThat(loaded.fleet().member("db").dependsOn()).isEqualTo(Map.of("log", Dependency.STARTED));
        assertThat(loaded.machines().get(2).result().origins().get("memory").describe())
                .isEqualTo("environment $SIZE (vm.yaml:3)");
        assertThat(loaded.machines().get(1).result().origins().get("memory").describe())
                .isEqualTo("vm.yaml:1");
    }

    @Test
    void isWhatAFileOfOneMachineWouldBe() {
        String machine = "{kernel: {image: vmlinuz, initrd: i}, disks: [{path: a.img}], networks: [{user: true}]}";
        VmSpec inFleet = Objects.requireNonNull(
                specs(load("machines: {web: " + machine + "}")).get("shop-web"));
        VmSpec alone = SpecLoader.withEnvironment(Map.of())
                .load("vm.yaml", "{name: shop-web, " + machine.substring(1), Path.of("/srv/shop"))
                .orThrow();
        assertThat(inFleet).isEqualTo(alone);
    }

    @Test
    void makesReplicasThatDifferByTheirVariables() {
        Map<String, VmSpec> specs = specs(load("""
                name: farm
                x-base: &base {kernel: {image: v, initrd: i}}
                machines:
                  node:
                    <<: *base
                    replicas: 3
                    vsock: 10${CROSVM_REPLICA}
                    disks: [{path: "${CROSVM_FLEET}/${CROSVM_MACHINE}.img", readOnly: false}]
                """));
        assertThat(specs.keySet()).containsExactly("farm-node-1", "farm-node-2", "farm-node-3");
        VmSpec third = Objects.requireNonNull(specs.get("farm-node-3"));
        assertThat(Objects.requireNonNull(third.vsock()).cid()).isEqualTo(103);
        assertThat(third.disks().get(0).path()).isEqualTo(Path.of("/srv/shop/farm/node-3.img"));
        assertThat(specs.values().stream().map(VmSpec::hashCode).distinct()).hasSize(3);
    }

    @Test
    void mergesDefaultsByKeyAndListsById() {
        VmSpec web = Objects.requireNonNull(specs(load("""
                        defaults:
                          kernel: {builtin: hello}
                          disks: [{id: root, path: root.img, root: true}, {id: swap, path: swap.img}]
                          balloon: {initial: 64MiB, deflateOnOom: false}
                          guest: {sshKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlLb2Zq a"]}
                        machines:
                          web:
                            kernel: {image: vmlinuz}
                            disks: [{id: data, path: data.img}, {id: root, path: other.img}]
                            balloon: {initial: 32MiB}
                            guest: {sshKeys: []}
                        """)).get("shop-web"));
        assertThat(web.kernel().builtin()).as("excluded by the image").isNull();
        assertThat(web.disks())
                .extracting(disk -> disk.id() + " " + disk.root())
                .containsExactly("root true", "swap false", "data false");
        assertThat(web.disks().get(0).path()).isEqualTo(Path.of("/srv/shop/other.img"));
        assertThat(web.balloon().initial()).isEqualTo(MemorySize.ofMib(32));
        assertThat(web.balloon().deflateOnOom()).isFalse();
        assertThat(web.guest().sshKeys()).as("a list without ids is replaced").isEmpty();
    }

    @Test
    void takesOverridesForOneMachineForAllAndForTheFleet() {
        String text = """
                machines:
                  web: {kernel: {builtin: hello}}
                  db: {kernel: {builtin: hello}, memory: 128MiB}
                """;
        Map<String, VmSpec> specs = specs(load(
                text,
                "machines.web.memory=64MiB",
                "cpus=2",
                "name=other",
                "defaults.restart=on-crash",
                "machines.db.cpus=3"));
        assertThat(specs.keySet()).containsExactly("other-web", "other-db");
        VmSpec web = Objects.requireNonNull(specs.get("other-web"));
        VmSpec db = Objects.requireNonNull(specs.get("other-db"));
        assertThat(List.of(web.memory(), db.memory())).containsExactly(MemorySize.ofMib(64), MemorySize.ofMib(128));
        assertThat(List.of(web.cpus(), db.cpus())).containsExactly(2, 3);
        assertThat(web.restart()).hasToString("ON_CRASH");
        assertThat(errors(load(text, "machines.wbe.memory=64MiB")))
                .containsExactly("--set machines.wbe.memory: error: there is no machine \"wbe\" [bad-override]\n"
                        + "    did you mean \"web\"? allowed: web, db");
        assertThat(errors(load(text, "memroy=64MiB")))
                .hasSize(1)
                .first()
                .asString()
                .contains("did you mean \"memory\"?");
    }

    @Test
    void tellsAllThatIsWrongAtOnce() {
        assertThat(errors(load("""
                        networks: {lan: {subnet: 10.1.0.0/24}}
                        machines:
                          a: {kernel: x, dependsOn: [b]}
                          b: {kernel: x, dependsOn: [a]}
                          c: {kernel: x, memroy: 64MiB, dependsOn: [d]}
                          e: {kernel: x, networks: [{network: lam}], dependsOn: {a: soon}}
                        """)))
                .hasSize(5)
                .anySatisfy(error -> assertThat(error).contains("there is no machine \"d\""))
                .anySatisfy(error -> assertThat(error).contains("depends on itself"))
                .anySatisfy(error -> assertThat(error).contains("memroy"))
                .anySatisfy(error -> assertThat(error).contains("\"lam\""))
                .anySatisfy(error -> assertThat(error).contains("\"soon\""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
            machines: {a: {kernel: x, dependsOn: [a]}}                   ~ depends on itself: a -> a
            machines: {a: {kernel: x, dependsOn: {b: soon}}, b: {kernel: x}} ~ allowed: started, ready, ended
            machines: {a: {kernel: x, dependsOn: {b: ready}}, b: {kernel: x}} ~ machines.b does not say when it is ready
            machines: {a: {kernel: x, name: b}}                          ~ the name of a machine in a fleet is its key
            machines: {a: {kernel: x, replicas: 2}, a-2: {kernel: x}}    ~ its replica a-2 has the name of the machine a
            machines: {a: {kernel: x, replicas: 1001}}                   ~ must be at most 1000
            machines: {a: {kernel: x, replicas: 600}, b: {kernel: x, replicas: 600}} ~ stands for 1200 machines
            machines: {a: {kernel: x, dependson: [b]}, b: {kernel: x}}   ~ did you mean "dependsOn"?
            machines: {}                                                 ~ has 0 items
            machines: {a: 3}                                             ~ must be a mapping
            machines: [a]                                                ~ must be a mapping
            {machines: {a: {kernel: x}}, memory: 1GiB}                   ~ write it into one of machines:
            {machines: {a: {kernel: x}}, networks: [{user: true}]}       ~ must be
            {machines: {a: {kernel: x}}, name: a.b}                      ~ must begin with a letter or digit
            {machines: {a: {memory: 1GiB}}}                              ~ the key "kernel" is missing
            {include: [x.yaml]}                                          ~ x.yaml: no such file
            {include: [/etc/passwd], machines: {a: {kernel: x}}}         ~ only .yaml and .yml files
            {x-a: &a 3, machines: {a: {kernel: x, <<: *a}}}              ~ the merge key << takes mappings only
            """)
    void saysWhatIsWrong(String text, String message) {
        assertThat(errors(load(text))).anySatisfy(error -> assertThat(error).contains(message));
    }

    @Test
    void tellsOfADefaultThatIsWrongOnce() {
        assertThat(errors(load("defaults: {memory: 1}\nmachines: {a: {kernel: x}, b: {kernel: x}, c: {kernel: x}}\n")))
                .singleElement()
                .asString()
                .startsWith("vm.yaml:1:20: error: machines.a.memory: is 1MiB");
    }

    @Test
    void includesFilesOfMachinesAndOfOneMachineWithPathsFromTheirFolders() throws IOException {
        file("parts/common.yaml", "defaults: {memory: 64MiB, kernel: {image: vmlinuz}}\ninclude: [../db/vm.yaml]\n");
        file("db/vm.yaml", "kernel: {image: kernel}\nmemory: 48MiB\n");
        Path main = file("fleet.yaml", """
                include: [parts/common.yaml]
                defaults: {cpus: 2}
                machines:
                  web: {}
                  db: {cpus: 3}
                """);
        LoadedSpec loaded = SpecLoader.withEnvironment(Map.of()).loadAll(List.of(main), SpecOverrides.none());
        Map<String, VmSpec> specs = specs(loaded);
        assertThat(specs.keySet()).containsExactly("shop-db", "shop-web");
        VmSpec db = Objects.requireNonNull(specs.get("shop-db"));
        VmSpec web = Objects.requireNonNull(specs.get("shop-web"));
        assertThat(db.kernel().image()).isEqualTo(shop().resolve("db/kernel"));
        assertThat(web.kernel().image()).isEqualTo(shop().resolve("parts/vmlinuz"));
        assertThat(List.of(db.memory(), web.memory())).containsExactly(MemorySize.ofMib(48), MemorySize.ofMib(64));
        assertThat(List.of(db.cpus(), web.cpus())).containsExactly(3, 2);
        assertThat(loaded.included())
                .containsExactly(shop().resolve("parts/common.yaml"), shop().resolve("db/vm.yaml"));
        assertThat(loaded.machines().get(0).result().origins().get("memory").describe())
                .isEqualTo(shop().resolve("db/vm.yaml") + ":2");
    }

    @Test
    void pointsIntoTheIncludedFile() throws IOException {
        file("common.yaml", "\n\ndefaults: {memory: 1}\n");
        Path main = file("vm.yaml", "include: [common.yaml]\nmachines: {a: {kernel: x}}\n");
        List<String> errors = errors(SpecLoader.withEnvironment(Map.of()).loadAll(List.of(main), SpecOverrides.none()));
        assertThat(errors).singleElement().asString().startsWith(shop().resolve("common.yaml") + ":3:20: error: ");
        assertThat(errors.get(0)).contains("\n    defaults: {memory: 1}\n                       ^");
    }

    @Test
    void refusesAFileThatIncludesItself() throws IOException {
        file("b.yaml", "include: [vm.yaml]\n");
        Path main = file("vm.yaml", "include: [b.yaml]\nmachines: {a: {kernel: x}}\n");
        assertThat(errors(SpecLoader.withEnvironment(Map.of()).loadAll(List.of(main), SpecOverrides.none())))
                .singleElement()
                .asString()
                .contains("b.yaml:1:11: error: include[0]: ", "vm.yaml includes itself");
    }

    @Test
    void laysTheLaterFileOverTheEarlier() throws IOException {
        Path main = file("vm.yaml", "machines: {a: {kernel: x, memory: 64MiB}, b: {kernel: x}}\n");
        Path more = file("big.yaml", "defaults: {cpus: 4}\nmachines: {a: {memory: 128MiB}}\n");
        Map<String, VmSpec> specs =
                specs(SpecLoader.withEnvironment(Map.of()).loadAll(List.of(main, more), SpecOverrides.none()));
        assertThat(Objects.requireNonNull(specs.get("shop-a")).memory()).isEqualTo(MemorySize.ofMib(128));
        assertThat(Objects.requireNonNull(specs.get("shop-b")).cpus()).isEqualTo(4);
    }

    @Test
    void readsTheEnvironmentFileBesideItBelowTheEnvironment() throws IOException {
        file(".env", "# sizes\nSIZE=64MiB\nexport OTHER=\"48MiB\" # small\n");
        Path main =
                file("vm.yaml", "machines: {a: {kernel: x, memory: '${SIZE}'}, b: {kernel: x, memory: '${OTHER}'}}\n");
        LoadedSpec loaded =
                SpecLoader.withEnvironment(Map.of("SIZE", "32MiB")).loadAll(List.of(main), SpecOverrides.none());
        Map<String, VmSpec> specs = specs(loaded);
        assertThat(Objects.requireNonNull(specs.get("shop-a")).memory()).isEqualTo(MemorySize.ofMib(32));
        assertThat(Objects.requireNonNull(specs.get("shop-b")).memory()).isEqualTo(MemorySize.ofMib(48));
        assertThat(loaded.machines().get(1).result().origins().get("memory").describe())
                .isEqualTo("environment $OTHER of " + shop().resolve(".env") + " (" + main + ":1)");
        Path other = file("other.env", "SIZE=40MiB\nOTHER=\n");
        assertThat(errors(SpecLoader.withEnvironment(Map.of())
                        .withEnvFile(other)
                        .loadAll(List.of(main), SpecOverrides.none())))
                .anySatisfy(error -> assertThat(error).contains("machines.b.memory"));
        assertThat(SpecLoader.withoutEnvironment()
                        .loadAll(List.of(main), SpecOverrides.none())
                        .problems())
                .as("nothing beside the text is read")
                .isEmpty();
    }

    @Test
    void readsNoEnvironmentFileForOneMachineUnlessItIsNamed() throws IOException {
        Path env = file(".env", "SIZE=64MiB\n");
        Path main = file("vm.yaml", "kernel: x\nmemory: ${SIZE:-32MiB}\n");
        SpecLoader loader = SpecLoader.withEnvironment(Map.of());
        assertThat(loader.load(main).orThrow().memory()).isEqualTo(MemorySize.ofMib(32));
        assertThat(loader.withEnvFile(env).load(main).orThrow().memory()).isEqualTo(MemorySize.ofMib(64));
    }

    @Test
    void keepsALineOfTheEnvironmentFileToItselfThatCannotBeRead() throws IOException {
        file(".env", "A=1\nTOKEN 'secret'\nB='open\n");
        Path main = file("vm.yaml", "machines: {a: {kernel: x}}\n");
        assertThat(errors(SpecLoader.withEnvironment(Map.of()).loadAll(List.of(main), SpecOverrides.none())))
                .hasSize(2)
                .allSatisfy(error -> assertThat(error).contains("[env-file]").doesNotContain("secret"));
    }

    @Test
    void tellsWhichMachinesThereAreWithoutTheirVariables() throws IOException {
        Path main = file(
                "vm.yaml", "machines: {a: {kernel: '${KERNEL}', replicas: 2}, b: {kernel: y, profiles: [debug]}}\n");
        Fleet fleet =
                Objects.requireNonNull(SpecLoader.withEnvironment(Map.of()).fleet(main));
        assertThat(fleet.machines()).extracting(Fleet.Machine::name).containsExactly("shop-a-1", "shop-a-2", "shop-b");
        assertThat(fleet.named("a-2")).extracting(Fleet.Machine::name).containsExactly("shop-a-2");
        assertThat(fleet.named("a")).hasSize(2);
        assertThat(fleet.named("c")).isEmpty();
        assertThat(fleet.enabled(List.of())).containsExactly("a");
        assertThat(fleet.enabled(List.of("debug"))).containsExactly("a", "b");
        Path one = file("one.yaml", "kernel: x\n");
        assertThat(SpecLoader.withEnvironment(Map.of()).fleet(one)).isNull();
    }

    @Test
    void saysOfSeveralMachinesWhereOneIsWantedThatThereAreSeveral() throws IOException {
        Path main = file("vm.yaml", "machines: {a: {kernel: x}}\n");
        LoadResult result = SpecLoader.withEnvironment(Map.of()).load(main);
        assertThat(result.spec()).isNull();
        assertThat(result.problems())
                .singleElement()
                .extracting(Problem::message)
                .isEqualTo("holds several machines, where one is wanted");
    }
}
