package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Rule;
import crosvm.schema.yaml.Comments;
import crosvm.schema.yaml.Comments.Comment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code # crosvm-lint: ignore=RULE reason} comments of a file. Behind a value such a comment silences the rule on its line,
 * on a line of its own on the next line that is no comment; {@code ignore-file=RULE} silences it everywhere. Several rules stand
 * with commas between them.
 */
final class Ignores {
    private static final String NAME = "crosvm-lint";
    private static final Pattern FOR_US = Pattern.compile("(?i)\\s*" + NAME + "\\s*:.*");
    private static final Pattern FORM =
            Pattern.compile("\\s*" + NAME + ":\\s*(ignore|ignore-file)=([^\\s]+)[ \\t]*(.*)");
    /** The line of an ignore that holds for the whole file. */
    private static final int EVERYWHERE = 0;

    private final List<Ignore> ignores = new ArrayList<>();
    private final List<Comment> malformed = new ArrayList<>();

    /** What an ignore is for: a rule, and a line or {@link #EVERYWHERE}. */
    private record Target(String id, int line) {}

    private record Ignore(String id, int line, Position position, boolean reasoned) {
        String where() {
            return line == EVERYWHERE ? "nothing in the file" : "nothing on line " + line;
        }
    }

    /** The comments of this text. */
    static Ignores of(String text) {
        Ignores ignores = new Ignores();
        if (!text.toLowerCase(Locale.ROOT).contains(NAME)) {
            return ignores;
        }
        int[] below = linesBelow(text.lines().toList());
        for (Comment comment : Comments.of(text)) {
            Matcher matcher = FORM.matcher(comment.text());
            if (matcher.matches()) {
                ignores.add(below, comment, matcher);
            } else if (FOR_US.matcher(comment.text()).matches()) {
                ignores.malformed.add(comment);
            }
        }
        return ignores;
    }

    /** For each line, counted from 1, the next below it that is neither empty nor a comment. */
    private static int[] linesBelow(List<String> lines) {
        int[] below = new int[lines.size() + 1];
        int next = lines.size() + 1;
        for (int line = lines.size(); line >= 1; line--) {
            below[line] = next;
            String text = lines.get(line - 1).stripLeading();
            next = text.isEmpty() || text.startsWith("#") ? next : line;
        }
        return below;
    }

    private void add(int[] below, Comment comment, Matcher matcher) {
        int target = comment.line();
        if (matcher.group(1).equals("ignore-file")) {
            target = EVERYWHERE;
        } else if (comment.alone()) {
            target = below[target];
        }
        int at = matcher.start(2);
        for (String id : matcher.group(2).split(",", -1)) {
            int column = comment.column() + 1 + comment.text().codePointCount(0, at);
            Position position = new Position(comment.line(), column, column + Math.max(1, id.length()));
            ignores.add(new Ignore(id, target, position, !matcher.group(3).isBlank()));
            at += id.length() + 1;
        }
    }

    /** The problems that remain, with those about the comments themselves added to the draft. */
    List<Problem> apply(Draft draft) {
        Map<Target, List<Ignore>> byTarget = new HashMap<>();
        ignores.forEach(
                ignore -> byTarget.computeIfAbsent(new Target(ignore.id(), ignore.line()), t -> new ArrayList<>())
                        .add(ignore));
        Set<Ignore> used = new HashSet<>();
        Set<Problem> ignored = new HashSet<>();
        for (Problem problem : draft.problems()) {
            if (Rules.canBeIgnored(problem.rule())) {
                for (int line : new int[] {problem.position().line(), EVERYWHERE}) {
                    List<Ignore> covering =
                            byTarget.getOrDefault(new Target(problem.rule().id(), line), List.of());
                    used.addAll(covering);
                    if (!covering.isEmpty()) {
                        ignored.add(problem);
                    }
                }
            }
        }
        for (Ignore ignore : ignores) {
            if (!draft.isFull()) {
                check(draft, ignore, used.contains(ignore));
            }
        }
        malformed.forEach(comment -> draft.problem(
                IgnoreRule.MALFORMED,
                new Position(comment.line(), comment.column(), comment.column() + 1),
                "this comment for crosvm lint cannot be read",
                "write # crosvm-lint: ignore=RULE reason, or ignore-file=RULE for the whole file"));
        return draft.problems().stream().filter(p -> !ignored.contains(p)).toList();
    }

    private static void check(Draft draft, Ignore ignore, boolean used) {
        Rule rule = Rules.of(ignore.id());
        if (rule == null) {
            List<String> ids = Rules.all().stream()
                    .filter(Rules::canBeIgnored)
                    .map(Rule::id)
                    .toList();
            String nearest = DidYouMean.hint(ignore.id(), ids);
            draft.problem(
                    IgnoreRule.UNKNOWN,
                    ignore.position(),
                    "there is no rule \"" + ignore.id() + "\"",
                    nearest.isEmpty() ? "take the name in brackets at the end of the finding" : nearest);
        } else if (!Rules.canBeIgnored(rule)) {
            draft.problem(
                    IgnoreRule.REFUSED,
                    ignore.position(),
                    rule.id() + " cannot be ignored: the file would not run",
                    "mend what it is about");
        } else if (!used) {
            draft.problem(IgnoreRule.UNUSED, ignore.position(), ignore.where() + " breaks " + rule.id(), "take it out");
        } else if (!ignore.reasoned()) {
            draft.problem(
                    IgnoreRule.NO_REASON,
                    ignore.position(),
                    "say why " + rule.id() + " is ignored",
                    "write the reason behind the rule's name");
        }
    }
}
