package crosvm.vmm.boot;

import crosvm.vmm.VmmException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The kernel's command line: crosvm's words first, then the user's. Where both say the same thing the user's word wins,
 * by leaving ours out: Linux lets the later word win for {@code panic=} and {@code root=}, but for {@code console=} it
 * keeps the options of the first mention of a port, and for {@code reboot=} it adds the letters up.
 */
public final class KernelCmdline {
    /** Parameters of which only one may stand there. */
    private static final Set<String> EXCLUSIVE = Set.of("console", "reboot", "panic", "root");

    private final String text;

    private KernelCmdline(String text) {
        this.text = text;
    }

    /**
     * @param ours words that crosvm adds, such as {@code console=ttyS0}
     * @param theirs the user's words, in order
     * @throws VmmException for characters that a kernel command line cannot carry
     */
    public static KernelCmdline of(List<String> ours, List<String> theirs) {
        List<String> parameters = parameters(theirs);
        List<String> words = new ArrayList<>();
        for (String word : ours) {
            if (parameters.stream().noneMatch(theirWord -> replaces(theirWord, word))) {
                words.add(word);
            }
        }
        words.addAll(theirs);
        words.forEach(KernelCmdline::requirePrintable);
        return new KernelCmdline(String.join(" ", words));
    }

    /** The user's words for the kernel: one element may hold several, and what follows {@code --} is init's. */
    private static List<String> parameters(List<String> theirs) {
        List<String> words = List.of(String.join(" ", theirs).split(" "));
        int separator = words.indexOf("--");
        return separator < 0 ? words : words.subList(0, separator);
    }

    /** Whether a word of the user's makes one of ours superfluous. {@code ro} and {@code rw} belong to our {@code root=}. */
    private static boolean replaces(String theirs, String ours) {
        return isRootMode(ours) ? isRootMode(theirs) || key(theirs).equals("root") : sameKey(theirs, ours);
    }

    private static boolean sameKey(String theirs, String ours) {
        return theirs.indexOf('=') > 0 && key(theirs).equals(key(ours)) && EXCLUSIVE.contains(key(ours));
    }

    private static boolean isRootMode(String word) {
        return word.equals("ro") || word.equals("rw");
    }

    private static String key(String word) {
        int equals = word.indexOf('=');
        return equals < 0 ? word : word.substring(0, equals);
    }

    private static void requirePrintable(String word) {
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c < ' ' || c > '~') {
                throw new VmmException("kernel.params: \"" + word.substring(0, i) + "\" goes on with character U+"
                        + String.format("%04X", (int) c)
                        + "; a kernel command line takes printable ASCII only, without line breaks");
            }
        }
    }

    /** As the kernel sees it. */
    public String text() {
        return text;
    }

    /**
     * The bytes with the terminating zero.
     *
     * @param limit the most bytes without it, as the kernel's header says
     * @throws VmmException when it is longer, with both numbers
     */
    byte[] bytes(int limit) {
        if (text.length() > limit) {
            throw new VmmException("kernel.params: the command line has " + text.length()
                    + " characters with what crosvm adds, and this kernel takes at most " + limit
                    + "; shorten kernel.params");
        }
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return text;
    }
}
