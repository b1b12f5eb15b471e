package crosvm.schema.yaml;

import crosvm.schema.problem.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a file, before it is known whether it is a spec. Overrides change this tree, so that a flag and a line of the
 * file take the same way.
 */
public sealed interface Tree {
    /** Where it stands. */
    Origin origin();

    /**
     * A mapping; its keys are unique.
     *
     * @param merges what merge keys ({@code <<}) want in it besides, as it is written; see {@link MergeKeys}
     */
    record Mapping(List<Entry> entries, Origin origin, List<Entry> merges) implements Tree {
        /** A mapping without merge keys. */
        public Mapping(List<Entry> entries, Origin origin) {
            this(entries, origin, List.of());
        }

        /** The entry of this key, or null. */
        public @Nullable Entry entry(String key) {
            for (Entry entry : entries) {
                if (entry.key().equals(key)) {
                    return entry;
                }
            }
            return null;
        }
    }

    /** A key and its value. */
    record Entry(String key, Origin keyOrigin, Tree value) {}

    /** A list. */
    record Sequence(List<Tree> items, Origin origin) implements Tree {}

    /**
     * A plain value.
     *
     * @param plain true when it was written without quotes, so that YAML gives some texts another meaning
     */
    record Scalar(String text, boolean plain, Origin origin) implements Tree {
        /** True for an empty value, {@code ~} and {@code null}. */
        public boolean isNull() {
            return plain && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
        }
    }

    /** What cannot be taken and was complained about, so that nothing more need be said of it. */
    record Refused(Origin origin) implements Tree {}
}
