package crosvm.schema;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import crosvm.walls.LibraryRules;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The walls in and round this module: a spec can be linted on machines that cannot run it. */
class ArchitectureTest extends LibraryRules {
    /** The rooms of the spec from high to low. */
    private static final List<String> SCHEMA = List.of(
            "crosvm.schema.lint..",
            "crosvm.schema.load..",
            "crosvm.schema.check..",
            "crosvm.schema.bind..",
            "crosvm.schema.write..",
            "crosvm.schema.yaml..",
            "crosvm.schema.problem..",
            "crosvm.schema.model..",
            "crosvm.schema.json..");

    ArchitectureTest() {
        super(
                SCHEMA,
                List.of(),
                List.of(
                        "org.snakeyaml.engine.v2..",
                        "com.fasterxml.jackson.core..",
                        "jakarta.validation..",
                        "com.google.re2j..",
                        "org.hibernate.validator.."));
    }

    @Test
    void onlyTheYamlRoomKnowsTheParser() {
        noClasses()
                .that()
                .resideOutsideOfPackage("crosvm.schema.yaml..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.snakeyaml..")
                .because("the parser can be replaced, and hardened, in one place")
                .check(OURS);
    }

    @Test
    void onlyOneRoomKnowsTheJsonLibrary() {
        noClasses()
                .that()
                .resideOutsideOfPackage("crosvm.schema.json..")
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
                .because("the validator costs 80 to 250 ms of start-up, so a run must be able to do without")
                .check(OURS);
    }
}
