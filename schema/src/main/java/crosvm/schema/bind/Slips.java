package crosvm.schema.bind;

import crosvm.schema.yaml.Tree;
import org.jspecify.annotations.Nullable;

/** Marks of other notations that stick to a value without quotes, and spoil it. */
final class Slips {
    private Slips() {}

    /** What to do about it, or null; the rest of the value is what was meant. */
    static @Nullable String hint(Tree.Scalar scalar) {
        String text = scalar.text();
        if (!scalar.plain()) {
            return null;
        }
        if (text.startsWith("//") || text.contains(" //")) {
            return "comments start with #";
        }
        if (text.indexOf('#') > 0) {
            return "a comment needs a blank before the #";
        }
        if (text.endsWith(",") || text.endsWith(";")) {
            return "take the " + text.charAt(text.length() - 1) + " out: a value ends with its line";
        }
        return text.contains(" /*") ? "comments start with #" : null;
    }
}
