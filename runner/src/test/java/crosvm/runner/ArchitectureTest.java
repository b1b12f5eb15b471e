package crosvm.runner;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The walls between the rooms of this program, each with its reason. A new package finds its place here first. */
class ArchitectureTest {
    /** The rooms of the spec from high to low. */
    private static final List<String> SCHEMA = List.of(
            "crosvm.schema.lint..",
            "crosvm.schema.load..",
            "crosvm.schema.check..",
            "crosvm.schema.bind..",
            "crosvm.schema.write..",
            "crosvm.schema.yaml..",
            "crosvm.schema.problem..",
            "crosvm.schema.model..");

    /** The engine's rooms from high to low: imports point down only. Two dots take the subpackages in. */
    private static final List<String> ENGINE = List.of(
            "crosvm.vmm.machine..",
            "crosvm.vmm.control..",
            "crosvm.vmm.boot..",
            "crosvm.vmm.graph..",
            "crosvm.vmm.device..",
            "crosvm.vmm.virtio.host..",
            "crosvm.vmm.virtio.remote..",
            "crosvm.vmm.virtio.pci..",
            "crosvm.vmm.vhostuser..",
            "crosvm.vmm.jail..",
            "crosvm.vmm.virtio",
            "crosvm.vmm.virtio.queue..",
            "crosvm.vmm.pci..",
            "crosvm.vmm.irq..",
            "crosvm.vmm.bus..",
            "crosvm.vmm.kvm..",
            "crosvm.vmm.memory..",
            "crosvm.vmm.console..",
            "crosvm.vmm.event..",
            "crosvm.vmm.metrics..",
            "crosvm.vmm.linux",
            "crosvm.vmm.linux.jna..",
            "crosvm.vmm.linux.abi..",
            "crosvm.vmm");

    /** Devices older than PCI: they sit on the port bus and drive interrupt lines themselves. */
    private static final String[] LEGACY_DEVICES = {
        "crosvm.vmm.device.serial..",
        "crosvm.vmm.device.cmos..",
        "crosvm.vmm.device.i8042..",
        "crosvm.vmm.device.acpi..",
        "crosvm.vmm.device.pvpanic.."
    };

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("crosvm");

    @Test
    void seesTheClassesOfAllModules() {
        assertThat(OURS.stream().map(JavaClass::getPackageName))
                .as("otherwise every rule below holds of nothing")
                .contains("crosvm.schema.model", "crosvm.seccomp.policy", "crosvm.vmm.kvm");
    }

    @Test
    void schemaStandsOnItsOwn() {
        noClasses()
                .that()
                .resideInAPackage("crosvm.schema..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("crosvm.seccomp..", "crosvm.vmm..", "crosvm.runner..")
                .because("a spec can be linted on machines that cannot run it")
                .check(OURS);
    }

    @Test
    void seccompStandsOnItsOwn() {
        noClasses()
                .that()
                .resideInAPackage("crosvm.seccomp..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("crosvm.schema..", "crosvm.vmm..", "crosvm.runner..")
                .because("a policy compiler is reviewed, and may be used, by itself")
                .check(OURS);
    }

    @Test
    void engineKnowsOfTheSpecOnlyItsRecords() {
        noClasses()
                .that()
                .resideInAPackage("crosvm.vmm..")
                .should()
                .dependOnClassesThat(resideInAPackage("crosvm.runner..")
                        .or(resideInAPackage("crosvm.schema..").and(not(resideInAPackage("crosvm.schema.model..")))))
                .because("YAML text ends at the loader: the engine is driven by immutable records")
                .check(OURS);
    }

    @Test
    void schemaPackagesPointDown() {
        downOnly(SCHEMA);
    }

    @Test
    void everySchemaPackageHasItsFloor() {
        classes()
                .that()
                .resideInAPackage("crosvm.schema..")
                .should()
                .resideInAnyPackage(SCHEMA.toArray(String[]::new))
                .because("a package that no layer names would be above and below everything")
                .check(OURS);
    }

    @Test
    void seccompPackagesPointDown() {
        downOnly(List.of("crosvm.seccomp.install..", "crosvm.seccomp.filter..", "crosvm.seccomp.policy.."));
    }

    @Test
    void enginePackagesPointDown() {
        downOnly(ENGINE);
    }

    private static void downOnly(List<String> highToLow) {
        for (int low = 1; low < highToLow.size(); low++) {
            noClasses()
                    .that()
                    .resideInAPackage(highToLow.get(low))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(highToLow.subList(0, low).toArray(String[]::new))
                    .because("a lower room can be read, tested and replaced without the higher ones")
                    .allowEmptyShould(true)
                    .check(OURS);
        }
    }

    @Test
    void everyEnginePackageHasItsFloor() {
        classes()
                .that()
                .resideInAPackage("crosvm.vmm..")
                .should()
                .resideInAnyPackage(ENGINE.toArray(String[]::new))
                .because("a package that no layer names would be above and below everything")
                .check(OURS);
    }

    @Test
    void packagesFormNoCycles() {
        slices().matching("crosvm.(**)")
                .should()
                .beFreeOfCycles()
                .because("in a cycle nothing can be understood without everything")
                .check(OURS);
    }

    @Test
    void onlyTheYamlRoomKnowsTheParser() {
        noClasses()
                .that()
                .resideOutsideOfPackage("crosvm.schema.yaml..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.yaml..")
                .because("the parser can be replaced, and hardened, in one place")
                .check(OURS);
    }

    @Test
    void onlyTheControlSocketsRoomReadsJson() {
        noClasses()
                .that()
                .haveNameNotMatching("crosvm\\.vmm\\.control\\.Json(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml.jackson..")
                .because("what comes from outside is checked for depth, length and doubled names in one place")
                .check(OURS);
    }

    @Test
    void onlyTheLinterValidates() {
        noClasses()
                .that()
                .resideOutsideOfPackage("crosvm.schema.lint..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.hibernate..", "jakarta.validation.bootstrap..")
                        .or(nameMatching("jakarta\\.validation\\.Validat.*")))
                .because(
                        "the validator costs 80 to 250 ms of start-up, so a run must be able to do without (design §10)")
                .check(OURS);
    }

    @Test
    void nativeCallsStayInTwoRooms() {
        noClasses()
                .that()
                .resideOutsideOfPackages("crosvm.vmm.linux.jna..", "crosvm.seccomp.install..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .because("native code that cannot be found in one place cannot be reviewed")
                .check(OURS);
    }

    @Test
    void guestMemoryIsReachedThroughBoundsChecksOnly() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("sun.misc.Unsafe")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("com.sun.jna.Structure")
                .because(
                        "the guest is the attacker, and layouts are data that a test compares with the kernel's headers")
                .check(OURS);
    }

    @Test
    void devicesSeeNoMoreThanADeviceNeeds() {
        classes()
                .that(resideInAPackage("crosvm.vmm.device..").and(not(resideInAnyPackage(LEGACY_DEVICES))))
                .should()
                .onlyDependOnClassesThat(seenByDevices())
                .because("a device must run as well in a jailed process, where there is no VM, bus or transport")
                .allowEmptyShould(true)
                .check(OURS);
    }

    @Test
    void legacyDevicesSeeBusAndInterruptLinesToo() {
        classes()
                .that()
                .resideInAnyPackage(LEGACY_DEVICES)
                .should()
                .onlyDependOnClassesThat(seenByDevices().or(resideInAnyPackage("crosvm.vmm.bus", "crosvm.vmm.irq")))
                .because("they are tested with a fake line and a bare bus, without KVM")
                .check(OURS);
    }

    private static DescribedPredicate<JavaClass> seenByDevices() {
        return not(resideInAPackage("crosvm.."))
                .or(resideInAnyPackage(
                        "crosvm.vmm",
                        "crosvm.vmm.device..",
                        "crosvm.vmm.virtio",
                        "crosvm.vmm.virtio.queue..",
                        "crosvm.vmm.memory..",
                        "crosvm.vmm.console..",
                        "crosvm.vmm.event..",
                        "crosvm.vmm.linux..",
                        "crosvm.schema.model.."));
    }

    @Test
    void devicesDoNotKnowEachOther() {
        slices().matching("crosvm.vmm.device.(*)..")
                .should()
                .notDependOnEachOther()
                .because("adding, jailing or deleting a device touches its own package only")
                .check(OURS);
    }

    @Test
    void onlyTheRunnerSpeaksToTheUser() {
        noClasses()
                .that()
                .resideOutsideOfPackage("crosvm.runner..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .because(
                        "standard output is the guest's console or a report; texts and exit status are made in one place")
                .check(OURS);
    }

    @Test
    void onlyTheRunnerEndsTheProgram() {
        noClasses()
                .that()
                .resideOutsideOfPackage("crosvm.runner..")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .because("a library that exits takes the caller's files, locks and terminal with it")
                .check(OURS);
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Utils?|Helpers?)(\\$.*)?")
                .because("such a name gathers whatever has no place")
                .check(OURS);
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<String> marked = OURS.stream()
                .filter(c -> c.getSimpleName().equals("package-info") && c.isAnnotatedWith(NullMarked.class))
                .map(JavaClass::getPackageName)
                .collect(Collectors.toCollection(TreeSet::new));
        Stream<String> packages = OURS.stream().map(JavaClass::getPackageName).distinct();
        assertThat(packages.filter(name -> !marked.contains(name)).sorted())
                .as("packages without a package-info.java that says @NullMarked")
                .isEmpty();
    }
}
