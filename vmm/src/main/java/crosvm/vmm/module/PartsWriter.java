package crosvm.vmm.module;

import crosvm.vmm.linux.Fd;
import java.util.ArrayList;
import java.util.List;

/** Takes down what a device is made of as words of a command line and descriptors to hand over. Used by one thread. */
public final class PartsWriter {
    private final List<String> words = new ArrayList<>();
    private final List<Fd> descriptors = new ArrayList<>();

    /** A text without a zero character. */
    public PartsWriter text(String text) {
        words.add(text);
        return this;
    }

    /** Any number. */
    public PartsWriter number(long number) {
        return text(Long.toString(number));
    }

    /** Yes or no. */
    public PartsWriter flag(boolean flag) {
        return text(Boolean.toString(flag));
    }

    /** A constant of an enum. */
    public PartsWriter constant(Enum<?> constant) {
        return text(constant.name());
    }

    /** One descriptor; stays the caller's. */
    public PartsWriter descriptor(Fd descriptor) {
        descriptors.add(descriptor);
        return this;
    }

    /** Any number of descriptors; they stay the caller's. */
    public PartsWriter descriptors(List<Fd> list) {
        number(list.size());
        descriptors.addAll(list);
        return this;
    }

    /** The words so far. */
    public List<String> words() {
        return List.copyOf(words);
    }

    /** The descriptors so far. */
    public List<Fd> descriptors() {
        return List.copyOf(descriptors);
    }
}
