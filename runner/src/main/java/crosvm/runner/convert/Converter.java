package crosvm.runner.convert;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes specs out of other tools' files. Pure: opens no file and looks nothing up. Any thread. */
public final class Converter {
    private static final List<ConvertSource> ALL = List.of(
            new CrosvmOptions(),
            new QemuOptions(),
            new FirecrackerJson(),
            new CloudHypervisorJson(),
            new LimaYaml(),
            new ComposeYaml(),
            new LibvirtXml());

    private Converter() {}

    /** The words for the tools. */
    public static List<String> words() {
        return ALL.stream().map(ConvertSource::word).toList();
    }

    /**
     * Converts a file.
     *
     * @param name how comments and messages name it
     * @param word one of {@link #words}, or null: the tool is recognised by the content
     * @throws IllegalArgumentException when the text is of no tool that is known here, or describes no machine; the message
     *     is for the user
     */
    public static Conversion convert(String name, String text, @Nullable String word) {
        List<String> reasons = new ArrayList<>();
        for (ConvertSource source : ALL) {
            if (word == null || source.word().equals(word)) {
                try {
                    Node root = Reading.read(name, text, source.form());
                    if (word != null || source.recognises(root)) {
                        return convert(name, root, source);
                    }
                } catch (Unreadable e) {
                    if (Reading.looksLike(text, source.form())) {
                        reasons.add(String.valueOf(e.getMessage()));
                    }
                }
            }
        }
        throw new IllegalArgumentException(
                reasons.isEmpty()
                        ? "is not a file of a tool that is known here; --from names the tool: "
                                + String.join(", ", words())
                        : reasons.get(0));
    }

    private static Conversion convert(String name, Node root, ConvertSource source) {
        Conversion conversion = new Conversion(name, source.tool());
        source.convert(root, conversion);
        conversion.leaveUnused(root);
        return conversion;
    }

    /** A text that is not of a form; the message says where and why. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message);
        }
    }
}
