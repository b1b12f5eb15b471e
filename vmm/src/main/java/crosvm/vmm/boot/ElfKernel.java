package crosvm.vmm.boot;

import crosvm.vmm.linux.abi.Elf64;
import crosvm.vmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** An ELF64 {@code vmlinux}: its PT_LOAD segments go to their physical addresses, and its entry point is 64-bit code. */
final class ElfKernel {
    /** More than any vmlinux has (5 or 6); a bound, so that a damaged count costs nothing. */
    private static final int MAX_PROGRAM_HEADERS = 128;

    private static final String WHAT_WORKS = "; supported: Linux's vmlinux or bzImage for x86-64";

    /** What the page tables at the start map: an entry point above it would fault at once. */
    private static final long MAPPED_AT_ENTRY = 1L << 32;

    private final BootFile file;
    private final long entry;
    private final List<Segment> segments;

    private ElfKernel(BootFile file, long entry, List<Segment> segments) {
        this.file = file;
        this.entry = entry;
        this.segments = List.copyOf(segments);
    }

    /** One PT_LOAD segment; all values are as the file says, so still to be checked. */
    private record Segment(long offset, long virtual, long physical, long fileSize, long memorySize) {
        long end() {
            return physical + memorySize;
        }

        /** The physical address of an entry point that the file gives as physical or as virtual address, or -1. */
        long resolve(long address) {
            if (Long.compareUnsigned(address - physical, memorySize) < 0) {
                return address;
            }
            return Long.compareUnsigned(address - virtual, memorySize) < 0 ? address - virtual + physical : -1;
        }
    }

    static ElfKernel parse(BootFile file, ByteBuffer head) {
        if (head.limit() < Elf64.HEADER.size()) {
            throw file.refused(
                    "is a truncated ELF file: it ends inside the ELF header, after " + head.limit() + " bytes");
        }
        requireMachine(file, head);
        long count = Elf64.E_PHNUM.get(head);
        int stride =
                (int) Elf64.E_PHENTSIZE.get(head); // Entries may be larger than what is defined today (gABI ch. 4).
        if (count == 0 || count > MAX_PROGRAM_HEADERS || stride < Elf64.PROGRAM_HEADER.size()) {
            throw file.refused("is an ELF file without usable program headers (" + count + " of " + stride
                    + " bytes), so nothing in it can be loaded");
        }
        String foreign = ForeignElf.byHeader(file);
        if (foreign != null) {
            throw file.refused("is " + foreign + WHAT_WORKS);
        }
        long at = Elf64.E_PHOFF.get(head);
        int length = ((int) count - 1) * stride + Elf64.PROGRAM_HEADER.size();
        if (at < 0 || at > file.size() - length) {
            throw file.refused("is truncated: its program headers lie at " + Long.toUnsignedString(at)
                    + ", the file has " + file.size() + " bytes; copy it again");
        }
        long entry = Elf64.E_ENTRY.get(head);
        return new ElfKernel(file, entry, segments(file, file.read(at, length), stride, entry));
    }

    private static void requireMachine(BootFile file, ByteBuffer head) {
        int elfClass = head.get(Elf64.EI_CLASS);
        if (elfClass != Elf64.ELFCLASS64) {
            throw file.refused((elfClass == 1 ? "is a 32-bit ELF file" : "is an ELF file of unknown class " + elfClass)
                    + "; an x86-64 vmlinux or bzImage is needed");
        }
        if (head.get(Elf64.EI_DATA) != Elf64.ELFDATA2LSB) {
            throw file.refused("is a big-endian ELF file, for another processor; an x86-64 kernel is needed");
        }
        long machine = Elf64.E_MACHINE.get(head);
        if (machine != Elf64.EM_X86_64) {
            throw file.refused("is an ELF file for " + machineName(machine) + "; an x86-64 kernel is needed");
        }
        long type = Elf64.E_TYPE.get(head);
        if (type != Elf64.ET_EXEC && type != Elf64.ET_DYN) {
            throw file.refused("is an ELF "
                    + (type == 1 ? "object file or module" : type == 4 ? "core dump" : "file of type " + type)
                    + ", not a kernel; a vmlinux or bzImage is needed");
        }
    }

    private static String machineName(long machine) {
        return switch ((int) machine) {
            case 3 -> "i386";
            case 20 -> "PowerPC";
            case 21 -> "64-bit PowerPC";
            case 22 -> "S/390";
            case 40 -> "Arm";
            case 183 -> "arm64";
            case 243 -> "RISC-V";
            case 258 -> "LoongArch";
            default -> "another architecture (machine number " + machine + ")";
        };
    }

    private static List<Segment> segments(BootFile file, ByteBuffer headers, int stride, long entry) {
        List<Segment> segments = new ArrayList<>();
        for (int base = 0; base < headers.limit(); base += stride) {
            long type = Elf64.P_TYPE.get(headers, base, 0);
            Segment segment = new Segment(
                    Elf64.P_OFFSET.get(headers, base, 0),
                    Elf64.P_VADDR.get(headers, base, 0),
                    Elf64.P_PADDR.get(headers, base, 0),
                    Elf64.P_FILESZ.get(headers, base, 0),
                    Elf64.P_MEMSZ.get(headers, base, 0));
            String foreign = type == Elf64.PT_INTERP
                    ? ForeignElf.byInterpreter(file, segment.offset, segment.fileSize)
                    : type == Elf64.PT_NOTE ? ForeignElf.byNotes(file, segment.offset, segment.fileSize, entry) : null;
            if (foreign != null) {
                throw file.refused("is " + foreign + WHAT_WORKS);
            }
            if (type == Elf64.PT_LOAD && segment.memorySize != 0) {
                segments.add(segment);
            }
        }
        if (segments.isEmpty()) {
            throw file.refused("is an ELF file with nothing to load (no PT_LOAD segment)");
        }
        return segments;
    }

    LoadedKernel load(GuestMemory memory) {
        long start = Long.MAX_VALUE;
        long end = 0;
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            requireInFile(segment);
            requirePlausible(segment);
            requireDisjoint(segment, segments.subList(0, i));
            start = Math.min(start, segment.physical);
            end = Math.max(end, segment.end());
        }
        for (Segment segment : segments) {
            if (!memory.contains(segment.physical, segment.memorySize)) {
                throw file.refused(KernelDoesNotFit.missing(segment.physical, segment.end(), end, memory));
            }
        }
        long physicalEntry = physicalEntry();
        for (Segment segment : segments) {
            file.copyTo(memory, segment.physical, segment.offset, segment.fileSize);
        }
        return new LoadedKernel(
                LoadedKernel.Protocol.ELF64,
                physicalEntry,
                start,
                end,
                new byte[0],
                LoadedKernel.DEFAULT_INITRD_ADDR_MAX,
                LoadedKernel.DEFAULT_CMDLINE_SIZE);
    }

    private void requireInFile(Segment s) {
        if (s.fileSize < 0 || s.memorySize < 0 || s.fileSize > s.memorySize || s.offset < 0) {
            throw damaged(s, "its sizes are invalid");
        }
        if (s.fileSize > file.size() - s.offset) {
            throw file.refused("is truncated: a segment of " + s.fileSize + " bytes starts at " + s.offset
                    + ", the file has " + file.size() + " bytes; copy it again");
        }
    }

    private void requirePlausible(Segment s) {
        if (s.physical < 0 || s.physical > Long.MAX_VALUE - s.memorySize || s.physical < BootLayout.KERNEL_MIN) {
            throw damaged(s, "kernels start at 1 MiB or above");
        }
    }

    private void requireDisjoint(Segment s, List<Segment> others) {
        for (Segment other : others) {
            if (s.physical < other.end() && other.physical < s.end()) {
                throw damaged(s, "it overlaps the segment at 0x" + Long.toHexString(other.physical));
            }
        }
    }

    private long physicalEntry() {
        for (Segment segment : segments) {
            long resolved = segment.resolve(entry);
            if (resolved >= MAPPED_AT_ENTRY) {
                throw file.refused("has its entry point at 0x" + Long.toHexString(resolved)
                        + ", above the 4 GiB that the page tables at the start map; link it to lower addresses");
            }
            if (resolved >= 0) {
                return resolved;
            }
        }
        throw file.refused(
                "is not a kernel: its entry point 0x" + Long.toHexString(entry) + " lies in none of its segments");
    }

    private RuntimeException damaged(Segment s, String why) {
        return file.refused("is not a kernel, or is damaged: segment at physical address"
                + " 0x" + Long.toHexString(s.physical)
                + " of 0x" + Long.toHexString(s.memorySize) + " bytes: " + why);
    }
}
