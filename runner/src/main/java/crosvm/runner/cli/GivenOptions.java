package crosvm.runner.cli;

import java.util.List;

/**
 * The words of a command line of which some are options. Which those are only picocli knows, which needs all options described for
 * that; this knows which of them no word can mean.
 */
final class GivenOptions {
    /** Words that may mean every option. */
    static final GivenOptions ALL = new GivenOptions(List.of(), true);

    private static final String LONG = "--";
    private static final String NEGATION = "--no-";

    private final List<String> words;
    private final boolean all;

    private GivenOptions(List<String> words, boolean all) {
        this.words = words;
        this.all = all;
    }

    /** Those of a command line. In a word that begins with @ picocli sees the name of a file of others. */
    static GivenOptions of(List<String> words) {
        for (String word : words) {
            if (word.startsWith("@")) {
                return ALL;
            }
        }
        return new GivenOptions(words, false);
    }

    /** Whether a word may be an option that has these names. */
    boolean mayBe(List<String> names) {
        if (all) {
            return true;
        }
        for (String word : words) {
            if (word.length() > 1 && word.charAt(0) == '-' && mayBe(word, names)) {
                return true;
            }
        }
        return false;
    }

    private static boolean mayBe(String word, List<String> names) {
        int end = word.indexOf('=');
        String name = end < 0 ? word : word.substring(0, end);
        for (String one : names) {
            boolean mayBe = one.startsWith(LONG)
                    ? one.equals(name) || isNegated(one, name) || isNegated(name, one)
                    : !word.startsWith(LONG)
                            && word.indexOf(one.charAt(1)) > 0; // Alone, among others, or with its value.
            if (mayBe) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNegated(String name, String negated) {
        return negated.length() == NEGATION.length() - LONG.length() + name.length()
                && negated.startsWith(NEGATION)
                && negated.endsWith(name.substring(LONG.length()));
    }
}
