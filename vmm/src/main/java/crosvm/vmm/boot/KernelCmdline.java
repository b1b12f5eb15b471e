package crosvm.vmm.boot;

import crosvm.vmm.PrintableText;
import crosvm.vmm.VmmException;
import java.nio.charset.StandardCharsets;

/** The kernel's command line, made of printable ASCII only. Immutable. */
public final class KernelCmdline {
    private final String text;

    private KernelCmdline(String text) {
        this.text = text;
    }

    /**
     * @param line the words with blanks between them
     * @throws VmmException for characters that a kernel command line cannot carry
     */
    public static KernelCmdline of(String line) {
        requirePrintable(line);
        return new KernelCmdline(line);
    }

    private static void requirePrintable(String word) {
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (!PrintableText.isPrintable(c)) {
                throw new VmmException("kernel.params: \"" + word.substring(0, i) + "\" is followed by the character U+"
                        + String.format("%04X", (int) c)
                        + "; a kernel command line takes printable ASCII only, without line breaks");
            }
        }
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
