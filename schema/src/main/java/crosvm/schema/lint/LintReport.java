package crosvm.schema.lint;

import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import crosvm.schema.yaml.YamlRule;
import java.util.List;

/**
 * What the linter found.
 *
 * @param files the files it read, by the names the user gave, in order
 * @param problems all problems, sorted by file and position
 */
public record LintReport(List<String> files, List<Problem> problems) {
    /** Copies the lists. */
    public LintReport {
        files = List.copyOf(files);
        problems = List.copyOf(problems);
    }

    /** How many problems of this severity there are. */
    public long count(Severity severity) {
        long count = 0;
        for (Problem problem : problems) {
            count += problem.severity() == severity ? 1 : 0;
        }
        return count;
    }

    /** Whether there is a problem of this severity or a worse one. */
    public boolean has(Severity threshold) {
        for (Problem problem : problems) {
            if (problem.severity().compareTo(threshold) <= 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether a file could not be read. */
    public boolean unreadable() {
        for (Problem problem : problems) {
            if (problem.rule() == YamlRule.UNREADABLE) {
                return true;
            }
        }
        return false;
    }

    /** For people: {@code 3 files, 1 error, 2 warnings}. */
    public String summary() {
        return amount(files.size(), "file") + ", " + amount(count(Severity.ERROR), "error") + ", "
                + amount(count(Severity.WARNING), "warning");
    }

    private static String amount(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
