package crosvm.vmm.module;

import crosvm.vmm.linux.Fd;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Reads what {@link PartsWriter} took down, in the same order, in the process that was handed it. The writer is this program
 * itself, so what does not fit is a mistake of ours: an {@link IllegalArgumentException} or {@link
 * java.util.NoSuchElementException}. Used by one thread.
 */
public final class PartsReader {
    private final Iterator<String> words;
    private int nextDescriptor;

    /** @param firstDescriptor the number of the first descriptor; the others follow */
    public PartsReader(Iterator<String> words, int firstDescriptor) {
        this.words = words;
        this.nextDescriptor = firstDescriptor;
    }

    /** The next text. */
    public String text() {
        return words.next();
    }

    /** The next number. */
    public long number() {
        return Long.parseLong(text());
    }

    /** The next yes or no. */
    public boolean flag() {
        String word = text();
        if (!word.equals("true") && !word.equals("false")) {
            throw new IllegalArgumentException("\"" + word + "\" is neither true nor false");
        }
        return word.equals("true");
    }

    /** The next constant of {@code type}. */
    public <E extends Enum<E>> E constant(Class<E> type) {
        return Enum.valueOf(type, text());
    }

    /**
     * The next descriptor, taken over.
     *
     * @param name for messages
     */
    public Fd descriptor(String name) {
        return Fd.owning(nextDescriptor++, name);
    }

    /**
     * The next descriptors, taken over.
     *
     * @param name for messages
     */
    public List<Fd> descriptors(String name) {
        List<Fd> descriptors = new ArrayList<>();
        for (long left = number(); left > 0; left--) {
            descriptors.add(descriptor(name));
        }
        return descriptors;
    }
}
