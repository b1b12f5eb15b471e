package crosvm.seccomp.policy;

import java.util.Collection;
import java.util.Locale;

/** Finds what somebody who mistyped a name probably meant. */
final class Nearest {

    private Nearest() {}

    /** {@code "; did you mean NAME?"} when some name is at most a third of its letters away, else nothing. */
    static String hint(String wrong, Collection<String> names) {
        String best = "";
        int bestDistance = Math.max(1, wrong.length() / 3) + 1;
        for (String name : names) {
            int distance = distance(wrong.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
            if (distance < bestDistance || distance == bestDistance && !best.isEmpty() && name.compareTo(best) < 0) {
                best = name;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? "" : "; did you mean " + best + "?";
    }

    /** Letters added, dropped, changed or swapped with their neighbour. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int best = d[i - 1][j - 1] + (same ? 0 : 1);
                best = Math.min(best, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    best = Math.min(best, 1 + d[i - 2][j - 2]);
                }
                d[i][j] = best;
            }
        }
        return d[a.length()][b.length()];
    }
}
