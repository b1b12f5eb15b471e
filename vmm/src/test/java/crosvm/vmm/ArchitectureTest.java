package crosvm.vmm;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import crosvm.walls.LibraryRules;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The walls in and round this module, each with its reason. A new package finds its floor here first. */
class ArchitectureTest extends LibraryRules {
    /** The engine's rooms from high to low: imports point down only. Two dots take the subpackages in. */
    private static final List<String> ENGINE = List.of(
            "crosvm.vmm.machine..",
            "crosvm.vmm.operation..",
            "crosvm.vmm.hosting..",
            "crosvm.vmm.module.kind..",
            "crosvm.vmm.module",
            "crosvm.vmm.control..",
            "crosvm.vmm.boot..",
            "crosvm.vmm.graph..",
            "crosvm.vmm.storage..",
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
            "crosvm.vmm.cgroup..",
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

    ArchitectureTest() {
        // Of the spec its records only: YAML text ends at the loader, the engine is driven by immutable records.
        super(
                ENGINE,
                List.of("crosvm.schema.model", "crosvm.schema.json", "crosvm.seccomp.."),
                List.of("com.sun.jna.."));
    }

    @Test
    void nativeCallsStayInOneRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("crosvm.vmm.linux.jna..")
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
}
