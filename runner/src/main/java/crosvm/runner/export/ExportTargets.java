package crosvm.runner.export;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All engines that a spec can be exported to. */
public final class ExportTargets {
    private static final List<ExportTarget> ALL = List.of(new SystemdUnit(), new Quadlet(), new KubernetesObjects());

    private ExportTargets() {}

    /** Their words, in the order of the help. */
    public static List<String> words() {
        return ALL.stream().map(ExportTarget::word).toList();
    }

    /** The one of this word, or null. */
    public static @Nullable ExportTarget of(String word) {
        return ALL.stream()
                .filter(target -> target.word().equals(word))
                .findFirst()
                .orElse(null);
    }
}
