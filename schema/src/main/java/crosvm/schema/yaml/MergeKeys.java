package crosvm.schema.yaml;

import crosvm.schema.problem.ProblemLog;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The merge keys of a file ({@code <<: *common}, {@code <<: [*a, *b]}): in a file of several machines they put the keys of another
 * mapping into this one, unless it has them itself; in the file of one machine they are a mistake. Used by one thread, for one file.
 */
public final class MergeKeys {
    private final ProblemLog log;
    /** What an alias stands for is looked at once. */
    private final IdentityHashMap<Tree, Tree> merged = new IdentityHashMap<>();

    /** For a file whose problems go there. */
    public MergeKeys(ProblemLog log) {
        this.log = log;
    }

    /** Tells of each merge key that it is not allowed. */
    public void refuse(Tree tree) {
        if (merged.put(tree, tree) != null) {
            return;
        }
        if (tree instanceof Tree.Mapping mapping) {
            for (Tree.Entry merge : mapping.merges()) {
                log.add(
                        YamlRule.MERGE_KEY,
                        merge.keyOrigin(),
                        "",
                        "the merge key << is not known",
                        "write the fields out");
                refuse(merge.value());
            }
            for (Tree.Entry entry : mapping.entries()) {
                refuse(entry.value());
            }
        } else if (tree instanceof Tree.Sequence sequence) {
            for (Tree item : sequence.items()) {
                refuse(item);
            }
        }
    }

    /** The tree with all merge keys followed. */
    public Tree merge(Tree tree) {
        Tree before = merged.get(tree);
        if (before != null) {
            return before;
        }
        Tree after = tree;
        if (tree instanceof Tree.Mapping mapping) {
            after = mapping(mapping);
        } else if (tree instanceof Tree.Sequence sequence) {
            after = new Tree.Sequence(sequence.items().stream().map(this::merge).toList(), sequence.origin());
        }
        merged.put(tree, after);
        return after;
    }

    private Tree mapping(Tree.Mapping mapping) {
        List<Tree.Entry> entries = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (Tree.Entry entry : mapping.entries()) {
            keys.add(entry.key());
            entries.add(new Tree.Entry(entry.key(), entry.keyOrigin(), merge(entry.value())));
        }
        for (Tree.Entry merge : mapping.merges()) {
            List<Tree> sources = merge.value() instanceof Tree.Sequence list ? list.items() : List.of(merge.value());
            for (Tree source : sources) {
                if (merge(source) instanceof Tree.Mapping other) {
                    other.entries().stream()
                            .filter(entry -> keys.add(entry.key()))
                            .forEach(entries::add);
                } else {
                    log.add(
                            YamlRule.MERGE_KEY,
                            merge.keyOrigin(),
                            "",
                            "the merge key << takes mappings only",
                            "write <<: *NAME, where &NAME is the anchor of a mapping");
                }
            }
        }
        return new Tree.Mapping(List.copyOf(entries), mapping.origin());
    }
}
