package crosvm.schema.lint;

import crosvm.schema.load.DidYouMean;
import crosvm.schema.load.Draft;
import crosvm.schema.load.Position;
import crosvm.schema.load.Problem;
import crosvm.schema.load.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code # crosvm-lint: ignore=RULE reason} comments of a file. Behind a value such a comment silences the rule on its line,
 * on a line of its own on the next line that is no comment. Several rules stand with commas between them.
 */
final class Ignores {
    private static final Pattern COMMENT =
            Pattern.compile("(?:^|\\s)#\\s*crosvm-lint:\\s*ignore=([^\\s]*)[ \\t]*(.*)$");

    private final List<Ignore> ignores = new ArrayList<>();

    private record Ignore(String id, int line, Position position, boolean reasoned) {}

    /** The comments of this text. */
    static Ignores of(String text) {
        Ignores ignores = new Ignores();
        if (!text.contains("crosvm-lint:")) {
            return ignores;
        }
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            Matcher matcher = COMMENT.matcher(lines.get(i));
            if (matcher.find() && !inQuotes(lines.get(i), matcher.start())) {
                ignores.add(lines, i, matcher);
            }
        }
        return ignores;
    }

    private static boolean inQuotes(String line, int at) {
        String before = line.substring(0, at);
        return before.chars().filter(c -> c == '"').count() % 2 != 0;
    }

    private void add(List<String> lines, int index, Matcher matcher) {
        String line = lines.get(index);
        int target = index;
        if (line.substring(0, matcher.start()).isBlank()) {
            while (target < lines.size()
                    && (lines.get(target).isBlank()
                            || lines.get(target).stripLeading().startsWith("#"))) {
                target++;
            }
        }
        int at = matcher.start(1);
        for (String id : matcher.group(1).split(",", -1)) {
            int column = line.codePointCount(0, at) + 1;
            Position position = new Position(index + 1, column, column + Math.max(1, id.length()));
            ignores.add(new Ignore(id, target + 1, position, !matcher.group(2).isBlank()));
            at += id.length() + 1;
        }
    }

    /** The problems that remain, with those about the comments themselves added to the draft. */
    List<Problem> apply(Draft draft) {
        Set<Ignore> used = new HashSet<>();
        List<Problem> ignored = new ArrayList<>();
        for (Problem problem : draft.problems()) {
            for (Ignore ignore : ignores) {
                boolean hit = ignore.id().equals(problem.rule().id())
                        && ignore.line() == problem.position().line();
                if (hit && Rules.canBeIgnored(problem.rule())) {
                    used.add(ignore);
                    ignored.add(problem);
                }
            }
        }
        ignores.forEach(ignore -> check(draft, ignore, used.contains(ignore)));
        return draft.problems().stream().filter(p -> !ignored.contains(p)).toList();
    }

    private static void check(Draft draft, Ignore ignore, boolean used) {
        Rule rule = Rules.of(ignore.id());
        if (rule == null) {
            List<String> ids = Rules.all().stream()
                    .filter(Rules::canBeIgnored)
                    .map(Rule::id)
                    .toList();
            draft.problem(
                    IgnoreRule.UNKNOWN,
                    ignore.position(),
                    "there is no rule \"" + ignore.id() + "\"",
                    DidYouMean.hint(ignore.id(), ids));
        } else if (!Rules.canBeIgnored(rule)) {
            draft.problem(
                    IgnoreRule.REFUSED,
                    ignore.position(),
                    rule.id() + " cannot be ignored: the file would not run",
                    "");
        } else if (!used) {
            draft.problem(
                    IgnoreRule.UNUSED,
                    ignore.position(),
                    "nothing on line " + ignore.line() + " breaks " + rule.id(),
                    "");
        } else if (!ignore.reasoned()) {
            draft.problem(IgnoreRule.NO_REASON, ignore.position(), "say why " + rule.id() + " is ignored", "");
        }
    }
}
