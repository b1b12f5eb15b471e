package crosvm.schema.lint;

import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.Rule;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.Comments;
import crosvm.schema.yaml.Comments.Comment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The {@code # crosvm-lint: ignore=RULE reason} comments of a file. Behind a value such a comment silences the rule on its line,
 * on a line of its own on the next line that is no comment; {@code ignore-file=RULE} silences it everywhere. Several rules stand
 * with commas between them.
 */
final class Ignores {
    private static final String NAME = "crosvm-lint";
    private static final int DASH = NAME.indexOf('-');
    /** The line of an ignore that holds for the whole file. */
    private static final int EVERYWHERE = 0;

    private final List<Ignore> ignores = new ArrayList<>();
    private final List<Comment> malformed = new ArrayList<>();

    /** Compiled only when there is a comment to be read. */
    private static final class Form {
        private static final Pattern FOR_US = Pattern.compile("(?i)\\s*" + NAME + "\\s*:.*");
        private static final Pattern WELL_FORMED =
                Pattern.compile("\\s*" + NAME + ":\\s*(ignore|ignore-file)=([^\\s]+)[ \\t]*(.*)");
    }

    /** What an ignore is for: a rule, and a line or {@link #EVERYWHERE}. */
    private static String target(String id, int line) {
        return id + " " + line;
    }

    private record Ignore(String id, int line, Position position, boolean reasoned) {
        String where() {
            return line == EVERYWHERE ? "nothing in the file" : "nothing on line " + line;
        }
    }

    /** The comments of this text. */
    static Ignores of(String text) {
        Ignores ignores = new Ignores();
        if (!mentions(text)) {
            return ignores;
        }
        int[] below = linesBelow(text.lines().toList());
        for (Comment comment : Comments.of(text)) {
            Matcher matcher = Form.WELL_FORMED.matcher(comment.text());
            if (matcher.matches()) {
                ignores.add(below, comment, matcher);
            } else if (Form.FOR_US.matcher(comment.text()).matches()) {
                ignores.malformed.add(comment);
            }
        }
        return ignores;
    }

    private static boolean isMentioned(List<SourceText> texts) {
        for (SourceText text : texts) {
            if (mentions(text.text())) {
                return true;
            }
        }
        return false;
    }

    /** Whether our name stands in it, in upper or lower case. */
    private static boolean mentions(String text) {
        for (int dash = text.indexOf('-'); dash >= 0; dash = text.indexOf('-', dash + 1)) {
            if (text.regionMatches(true, dash - DASH, NAME, 0, NAME.length())) {
                return true;
            }
        }
        return false;
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

    /**
     * The problems of a file and those that it includes which remain, with those about the comments themselves. Each comment is for its
     * own text.
     */
    static List<Problem> apply(ProblemLog log) {
        List<SourceText> texts = log.sources();
        if (!isMentioned(texts)) {
            return log.sorted();
        }
        Set<Problem> ignored = identities();
        List<Problem> problems = log.sorted();
        Set<String> included = texts.stream().skip(1).map(SourceText::name).collect(Collectors.toSet());
        for (SourceText text : texts) {
            boolean isMain = text.equals(log.source());
            List<Problem> own = problems.stream()
                    .filter(problem -> isMain
                            ? !included.contains(problem.file())
                            : problem.file().equals(text.name()))
                    .toList();
            of(text.text()).apply(own, text, log, ignored);
        }
        return log.sorted().stream().filter(p -> !ignored.contains(p)).toList();
    }

    private void apply(List<Problem> problems, SourceText text, ProblemLog log, Set<Problem> ignored) {
        Map<String, List<Ignore>> byTarget = new HashMap<>();
        for (Ignore ignore : ignores) {
            byTarget.computeIfAbsent(target(ignore.id(), ignore.line()), t -> new ArrayList<>())
                    .add(ignore);
        }
        Set<Ignore> used = identities();
        for (Problem problem : problems) {
            if (Rules.canBeIgnored(problem.rule())) {
                for (int line : new int[] {problem.position().line(), EVERYWHERE}) {
                    List<Ignore> covering =
                            byTarget.getOrDefault(target(problem.rule().id(), line), List.of());
                    used.addAll(covering);
                    if (!covering.isEmpty()) {
                        ignored.add(problem);
                    }
                }
            }
        }
        for (Ignore ignore : ignores) {
            if (!log.isFull()) {
                check(log, text, ignore, used.contains(ignore));
            }
        }
        malformed.forEach(comment -> tell(
                log,
                text,
                IgnoreRule.MALFORMED,
                new Position(comment.line(), comment.column(), comment.column() + 1),
                "this comment for crosvm lint cannot be read",
                "write # crosvm-lint: ignore=RULE reason, or ignore-file=RULE for the whole file"));
    }

    /** A set by identity. For the hash of a record Java makes code at run time, which takes longer than the lint of a file. */
    private static <T> Set<T> identities() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    private static void tell(ProblemLog log, SourceText text, Rule rule, Position at, String message, String hint) {
        log.add(rule, new Origin(Origin.Kind.FILE, text.name(), at), "", message, hint);
    }

    private static void check(ProblemLog log, SourceText text, Ignore ignore, boolean used) {
        Rule rule = Rules.of(ignore.id());
        if (rule == null) {
            List<String> ids = Rules.all().stream()
                    .filter(Rules::canBeIgnored)
                    .map(Rule::id)
                    .toList();
            String nearest = DidYouMean.hint(ignore.id(), ids);
            tell(
                    log,
                    text,
                    IgnoreRule.UNKNOWN,
                    ignore.position(),
                    "there is no rule \"" + ignore.id() + "\"",
                    nearest.isEmpty() ? "take the name in brackets at the end of the finding" : nearest);
        } else if (!Rules.canBeIgnored(rule)) {
            tell(
                    log,
                    text,
                    IgnoreRule.REFUSED,
                    ignore.position(),
                    rule.id() + " cannot be ignored: the file would not run",
                    "mend what it is about");
        } else if (!used) {
            tell(
                    log,
                    text,
                    IgnoreRule.UNUSED,
                    ignore.position(),
                    ignore.where() + " breaks " + rule.id(),
                    "take it out");
        } else if (!ignore.reasoned()) {
            tell(
                    log,
                    text,
                    IgnoreRule.NO_REASON,
                    ignore.position(),
                    "say why " + rule.id() + " is ignored",
                    "write the reason behind the rule's name");
        }
    }
}
