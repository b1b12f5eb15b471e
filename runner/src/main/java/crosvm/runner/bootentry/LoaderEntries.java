package crosvm.runner.bootentry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Entries of the Boot Loader Specification (UAPI.1), each a file, as Fedora and systemd-boot have them. */
final class LoaderEntries {
    private LoaderEntries() {}

    /**
     * An entry.
     *
     * @param file its name
     * @param variables for {@code $kernelopts} and the like, which Fedora writes
     */
    static BootEntry parse(String file, String text, Map<String, String> variables) {
        String title = "";
        String linux = "";
        List<String> initrds = new ArrayList<>();
        List<String> options = new ArrayList<>();
        for (String line : text.split("\\R")) {
            String[] words = line.strip().split("\\s+", 2);
            if (words.length < 2) {
                continue;
            }
            switch (words[0]) {
                case "title" -> title = words[1];
                case "linux" -> linux = words[1];
                case "initrd" -> initrds.addAll(words(words[1], variables));
                case "options" -> options.addAll(words(words[1], variables));
                default -> {} // for other boot loaders, or for people
            }
        }
        return new BootEntry(file.replaceFirst("\\.conf$", ""), title, "", linux, initrds, options, List.of());
    }

    private static List<String> words(String line, Map<String, String> variables) {
        // Quotes are the kernel's matter here; only variables are GRUB's.
        StringBuilder filled = new StringBuilder();
        java.util.regex.Matcher variable =
                java.util.regex.Pattern.compile("\\$\\{?([A-Za-z0-9_]+)}?").matcher(line);
        while (variable.find()) {
            variable.appendReplacement(
                    filled, java.util.regex.Matcher.quoteReplacement(variables.getOrDefault(variable.group(1), "")));
        }
        variable.appendTail(filled);
        List<String> words = new ArrayList<>();
        for (String word : filled.toString().split("\\s+")) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    /** The newest first: by the names of the files, numbers in them by their value. */
    static Comparator<String> newestFirst() {
        return ((Comparator<String>) LoaderEntries::compare).reversed();
    }

    /** Those of ASCII, as the pattern has them. */
    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static int compare(String a, String b) {
        String[] left = a.split("(?<=\\d)(?=\\D)|(?<=\\D)(?=\\d)");
        String[] right = b.split("(?<=\\d)(?=\\D)|(?<=\\D)(?=\\d)");
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
            boolean numbers = isDigit(left[i].charAt(0)) && isDigit(right[i].charAt(0));
            int order = numbers
                    ? new java.math.BigInteger(left[i]).compareTo(new java.math.BigInteger(right[i]))
                    : left[i].compareTo(right[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.length, right.length);
    }
}
