package crosvm.walls;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What holds of every module but the runner, which alone is a program. */
public abstract class LibraryRules extends ModuleRules {
    protected LibraryRules(List<String> floors, List<String> otherModules, List<String> libraries) {
        super(floors, otherModules, libraries);
    }

    @Test
    void onlyTheRunnerSpeaksToTheUser() {
        noClasses()
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
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .because("a library that exits takes the caller's files, locks and terminal with it")
                .check(OURS);
    }
}
