package crosvm.schema.lint;

import crosvm.schema.bind.FieldRule;
import crosvm.schema.check.FleetFileRule;
import crosvm.schema.check.SpecRule;
import crosvm.schema.problem.Rule;
import crosvm.schema.yaml.YamlRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All rules, by chapter. */
public final class Rules {
    private static final Map<String, Rule> BY_ID =
            all().stream().collect(Collectors.toUnmodifiableMap(Rule::id, rule -> rule));

    private Rules() {}

    /** The rules in the order of {@code RULES.md}, by the title of their chapter. */
    public static Map<String, List<Rule>> chapters() {
        Map<String, List<Rule>> chapters = new LinkedHashMap<>();
        chapters.put("The file", List.of(YamlRule.values()));
        chapters.put("Single fields", List.of(FieldRule.values()));
        chapters.put("Between fields: what cannot run", List.of(SpecRule.values()));
        chapters.put("Several machines in a file", List.of(FleetFileRule.values()));
        chapters.put("Unwise", List.of(LintRule.values()));
        chapters.put("Between files", List.of(FleetRule.values()));
        chapters.put("For Kubernetes: lint --target kubernetes", List.of(TargetRule.values()));
        chapters.put("Ignore comments", List.of(IgnoreRule.values()));
        return chapters;
    }

    /** All rules. */
    public static List<Rule> all() {
        List<Rule> all = new ArrayList<>();
        chapters().values().forEach(all::addAll);
        return all;
    }

    /** The rule with this id, or null. */
    public static @Nullable Rule of(String id) {
        return BY_ID.get(id);
    }

    /** Whether a comment may silence findings of this rule: not those which keep {@code up} from running the file. */
    static boolean canBeIgnored(Rule rule) {
        return rule instanceof LintRule || rule instanceof FleetRule;
    }
}
