package crosvm.vmm.hosting;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DeviceTrainingTest {
    /** A device process cannot open jars behind its door: what its archive lacks, it does not have. */
    @Test
    void leavesNothingOutThatADeviceProcessCanReach() {
        JavaClasses all = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("crosvm");
        Set<String> reached = all.get(DeviceMain.class).getTransitiveDependenciesFromSelf().stream()
                .map(Dependency::getTargetClass)
                .map(JavaClass::getName)
                .filter(name -> name.startsWith("crosvm.vmm."))
                .map(name -> name.replace("crosvm.vmm.", "").replace('.', '/'))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(reached).hasSizeGreaterThan(200).anyMatch(name -> name.startsWith("device/blk/"));
        assertThat(reached)
                .noneMatch(name ->
                        DeviceTraining.ROOMS_OF_THE_MACHINE.stream().anyMatch(room -> name.startsWith(room + "/")));
    }
}
