package crosvm.walls;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * What holds of every module; its ArchitectureTest extends this and adds what holds of that module alone. Looks at the classes
 * of the module whose tests run, no others, so that {@code mvn -pl MODULE -am test} sees a broken wall at once.
 */
public abstract class ModuleRules {
    /** The main classes of this module; what they depend on is known, too, but no rule is checked of it. */
    protected static final JavaClasses OURS =
            new ClassFileImporter().importLocations(Set.of(Location.of(Path.of("target", "classes"))));

    private final List<String> floors;
    private final List<String> otherModules;
    private final List<String> libraries;

    /**
     * @param floors the module's packages from high to low as ArchUnit writes them; two dots at the end take the subpackages in
     * @param otherModules packages of other modules that this one may see
     * @param libraries packages of others than the JDK's {@code java} that this module may see
     */
    protected ModuleRules(List<String> floors, List<String> otherModules, List<String> libraries) {
        this.floors = List.copyOf(floors);
        this.otherModules = List.copyOf(otherModules);
        this.libraries = List.copyOf(libraries);
    }

    @Test
    void everyPackageHasItsFloor() {
        classes()
                .should()
                .resideInAnyPackage(floors.toArray(String[]::new))
                .because("a package that no floor names would be above and below everything")
                .check(OURS);
    }

    @Test
    void everyFloorHasClasses() {
        assertThat(floors)
                .as("a floor without classes is a wall that holds nothing")
                .allSatisfy(floor ->
                        assertThat(OURS.that(resideInAPackage(floor))).as(floor).isNotEmpty());
    }

    @Test
    void packagesPointDown() {
        for (int low = 1; low < floors.size(); low++) {
            noClasses()
                    .that()
                    .resideInAPackage(floors.get(low))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(floors.subList(0, low).toArray(String[]::new))
                    .because("a lower room can be read, tested and replaced without the higher ones")
                    .check(OURS);
        }
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
    void seesOnlyWhatItMay() {
        List<String> seen = new ArrayList<>(floors);
        seen.addAll(otherModules);
        seen.addAll(libraries);
        seen.addAll(List.of("java..", "org.jspecify.annotations"));
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(seen.toArray(String[]::new)))
                .because("a new arrow to a module or a library is a decision, made in this module's ArchitectureTest")
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

    @Test
    void oneSimpleNameMeansOneClassInAFile() {
        Map<String, Map<String, Set<String>>> files = new TreeMap<>();
        for (JavaClass ours : OURS) {
            Map<String, Set<String>> seen = files.computeIfAbsent(outermost(ours), file -> new TreeMap<>());
            Stream.concat(
                            Stream.of(ours),
                            ours.getDirectDependenciesFromSelf().stream()
                                    .map(dependency ->
                                            dependency.getTargetClass().getBaseComponentType()))
                    .map(ModuleRules::outermost)
                    .forEach(name -> seen.computeIfAbsent(
                                    name.substring(name.lastIndexOf('.') + 1), simple -> new TreeSet<>())
                            .add(name));
        }
        files.values().forEach(seen -> seen.values().removeIf(names -> names.size() == 1));
        files.values().removeIf(Map::isEmpty);
        assertThat(files)
                .as("files that see two classes of one simple name; give one of them a name of its own")
                .isEmpty();
    }

    /** The name of the class that a nested one stands in. */
    private static String outermost(JavaClass type) {
        int nested = type.getName().indexOf('$');
        return nested < 0 ? type.getName() : type.getName().substring(0, nested);
    }
}
