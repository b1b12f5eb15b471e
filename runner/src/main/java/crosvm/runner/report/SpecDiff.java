package crosvm.runner.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What differs between the spec a machine runs with and the one it was asked to have, field by field. */
public final class SpecDiff {
    private static final String BALLOON = "balloon.initial";

    private SpecDiff() {}

    /**
     * One line for each field that differs, each saying what brings the change about.
     *
     * @param running the effective spec of the running machine, value by path
     * @param wanted the other one
     */
    public static List<String> of(String machine, Map<String, String> running, Map<String, String> wanted) {
        Set<String> paths = new LinkedHashSet<>(running.keySet());
        paths.addAll(wanted.keySet());
        List<String> lines = new ArrayList<>();
        for (String path : paths) {
            String is = running.get(path);
            String want = wanted.get(path);
            if (want == null || !want.equals(is)) {
                lines.add(path + ": " + (is == null ? "(none)" : is) + " -> " + (want == null ? "(none)" : want) + "  ["
                        + (path.equals(BALLOON) && want != null && is != null
                                ? "now by: crosvm balloon " + machine + " --size " + want
                                : "needs a restart")
                        + "]");
            }
        }
        return lines;
    }
}
