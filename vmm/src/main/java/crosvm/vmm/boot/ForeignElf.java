package crosvm.vmm.boot;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * x86-64 ELF files that are kernels, but are not entered by Linux's 64-bit boot protocol: they would crash at their first
 * instructions. Recognised by what their own boot loaders look for, so never by guessing.
 */
final class ForeignElf {
    /** Multiboot Specification 0.6.96 §3.1: a header within the first 8192 bytes, at a multiple of 4. */
    private static final int MULTIBOOT = 0x1bad_b002;

    private static final int MULTIBOOT_LIMIT = 8192;

    /** Multiboot2 Specification 2.0 §3.1: within the first 32768 bytes, at a multiple of 8. */
    private static final int MULTIBOOT2 = 0xe852_50d6;

    private static final int MULTIBOOT2_LIMIT = 32768;

    /** Where FreeBSD's kernels say that their interpreter is, so that nobody runs them as programs. */
    private static final String FREEBSD_INTERPRETER = "/red/herring";

    /** Xen's elfnote.h: the 32-bit entry point of a PVH guest. Linux has the note, too, besides its 64-bit entry point. */
    private static final int XEN_PHYS32_ENTRY = 18;

    private static final int NOTES_LIMIT = 1 << 16;
    private static final int NOTE_HEADER = 12;

    private ForeignElf() {}

    /** What the file is by the start of its contents, for {@code is …}, or null. */
    static @Nullable String byHeader(BootFile file) {
        ByteBuffer head = file.read(0, MULTIBOOT2_LIMIT);
        for (int at = 0; at + 16 <= head.limit(); at += 4) {
            int magic = head.getInt(at);
            if (magic == MULTIBOOT
                    && at + 12 <= MULTIBOOT_LIMIT
                    && magic + head.getInt(at + 4) + head.getInt(at + 8) == 0) {
                return "a multiboot kernel, which is entered in 32-bit mode";
            }
            // Magic, architecture, length and checksum.
            if (magic == MULTIBOOT2
                    && at % 8 == 0
                    && magic + head.getInt(at + 4) + head.getInt(at + 8) + head.getInt(at + 12) == 0) {
                return "a multiboot2 kernel, which is entered in 32-bit mode";
            }
        }
        return null;
    }

    /** What a file with this PT_INTERP segment is. */
    static String byInterpreter(BootFile file, long offset, long size) {
        return FREEBSD_INTERPRETER.equals(text(file.read(Math.max(0, offset), (int) Math.min(size, 64)), 0, 64))
                ? "a FreeBSD kernel"
                : "a program for Linux, not a kernel";
    }

    /** What a file with this PT_NOTE segment and entry point is, for {@code is …}, or null. */
    static @Nullable String byNotes(BootFile file, long offset, long size, long entry) {
        if (offset < 0 || size < 0) {
            return null;
        }
        ByteBuffer notes = file.read(offset, (int) Math.min(size, NOTES_LIMIT));
        int at = 0;
        while (at + NOTE_HEADER <= notes.limit()) {
            int nameSize = notes.getInt(at);
            int dataSize = notes.getInt(at + 4);
            if (nameSize < 0 || dataSize < 0 || nameSize > NOTES_LIMIT || dataSize > NOTES_LIMIT) {
                return null;
            }
            String name = text(notes, at + NOTE_HEADER, nameSize);
            int data = at + NOTE_HEADER + (nameSize + 3 & ~3);
            if ("NetBSD".equals(name) || "OpenBSD".equals(name)) {
                return "made for " + name;
            }
            if ("Xen".equals(name)
                    && notes.getInt(at + 8) == XEN_PHYS32_ENTRY
                    && dataSize >= 4
                    && data + 4 <= notes.limit()
                    && Integer.toUnsignedLong(notes.getInt(data)) == entry) {
                return "a PVH kernel, which is entered in 32-bit mode";
            }
            at = data + (dataSize + 3 & ~3);
        }
        return null;
    }

    /** The ASCII text at {@code at}, up to a zero, the end or {@code length} bytes. */
    private static String text(ByteBuffer bytes, int at, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = at; i < Math.min(bytes.limit(), (long) at + length) && bytes.get(i) != 0; i++) {
            text.append((char) (bytes.get(i) & 0x7f));
        }
        return text.toString();
    }
}
