package crosvm.schema.problem;

import java.util.Collection;
import java.util.Locale;

/** Finds the known word that a misspelt one is nearest to. */
public final class DidYouMean {
    /** More than this many words help nobody in a message. */
    private static final int MAX_SHOWN = 24;

    private DidYouMean() {}

    /**
     * A hint: {@code did you mean "x"?} when one is near, and all that is allowed unless that is too much to show.
     *
     * @param word what was written
     * @param known what is allowed, in the order to show
     */
    public static String hint(String word, Collection<String> known) {
        String nearest = nearest(word, known);
        if (known.size() > MAX_SHOWN) {
            return nearest.isEmpty() ? "" : "did you mean \"" + nearest + "\"?";
        }
        String all = "allowed: " + String.join(", ", known);
        return nearest.isEmpty() ? all : "did you mean \"" + nearest + "\"? " + all;
    }

    /** The nearest known word, or empty when none is near. */
    public static String nearest(String word, Collection<String> known) {
        if (word.length() > 64) {
            return "";
        }
        String best = "";
        int bestDistance = Math.max(1, word.length() / 3) + 1;
        String plain = flat(word);
        for (String candidate : known) {
            int distance = flat(candidate).equals(plain) ? 0 : distance(word, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best;
    }

    private static String flat(String word) {
        return word.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }

    /** Edit distance in which swapping two neighbours counts once. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + same);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
