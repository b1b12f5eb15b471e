package crosvm.seccomp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import crosvm.walls.LibraryRules;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The walls in and round this module: a policy compiler that is reviewed, and may be used, by itself. */
class ArchitectureTest extends LibraryRules {
    ArchitectureTest() {
        super(
                List.of("crosvm.seccomp.install..", "crosvm.seccomp.filter..", "crosvm.seccomp.policy.."),
                List.of(),
                List.of("com.sun.jna.."));
    }

    @Test
    void nativeCallsStayInOneRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("crosvm.seccomp.install..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .because("policies can be read and compiled on machines that cannot install them")
                .check(OURS);
    }
}
