package crosvm.schema.load;

import crosvm.schema.bind.TypeMismatch;
import crosvm.schema.model.Dependency;
import crosvm.schema.model.EnumWord;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The short form of a machine's dependencies, a list of names, as the mapping that it stands for. */
final class DependencyList {
    private static final String FIELD = "dependsOn";

    private final ProblemLog log;

    DependencyList(ProblemLog log) {
        this.log = log;
    }

    /** The machine's tree, with a mapping in that field. */
    Tree asMapping(Tree machine) {
        if (!(machine instanceof Tree.Mapping mapping)
                || mapping.entry(FIELD) == null
                || !(mapping.entry(FIELD).value() instanceof Tree.Sequence list)) {
            return machine;
        }
        List<Tree.Entry> entries = new ArrayList<>();
        for (Tree.Entry entry : mapping.entries()) {
            entries.add(entry.key().equals(FIELD) ? new Tree.Entry(FIELD, entry.keyOrigin(), named(list)) : entry);
        }
        return new Tree.Mapping(entries, mapping.origin());
    }

    private Tree named(Tree.Sequence list) {
        Map<String, Tree.Entry> names = new LinkedHashMap<>();
        for (int i = 0; i < list.items().size(); i++) {
            if (list.items().get(i) instanceof Tree.Scalar name && !name.isNull()) {
                Tree started = new Tree.Scalar(EnumWord.of(Dependency.STARTED), false, name.origin());
                names.put(name.text(), new Tree.Entry(name.text(), name.origin(), started));
            } else {
                new TypeMismatch(log).noScalar(list.items().get(i), FIELD + "[" + i + "]");
            }
        }
        return new Tree.Mapping(List.copyOf(names.values()), list.origin());
    }
}
