package crosvm.vmm.linux.abi;

/** {@code Elf64_Ehdr} and {@code Elf64_Phdr} (elf.h): what a program loader reads of an ELF file. */
public final class Elf64 {
    private static final Struct.Builder E = Struct.named("elf64_hdr");
    public static final Field E_IDENT = E.array("e_ident", 1, 16);
    public static final Field E_TYPE = E.u16("e_type");
    public static final Field E_MACHINE = E.u16("e_machine");
    public static final Field E_VERSION = E.u32("e_version");
    public static final Field E_ENTRY = E.u64("e_entry");
    public static final Field E_PHOFF = E.u64("e_phoff");
    public static final Field E_SHOFF = E.u64("e_shoff");
    public static final Field E_FLAGS = E.u32("e_flags");
    public static final Field E_EHSIZE = E.u16("e_ehsize");
    public static final Field E_PHENTSIZE = E.u16("e_phentsize");
    public static final Field E_PHNUM = E.u16("e_phnum");
    public static final Field E_SHENTSIZE = E.u16("e_shentsize");
    public static final Field E_SHNUM = E.u16("e_shnum");
    public static final Field E_SHSTRNDX = E.u16("e_shstrndx");
    public static final Struct HEADER = E.build();

    private static final Struct.Builder P = Struct.named("elf64_phdr");
    public static final Field P_TYPE = P.u32("p_type");
    public static final Field P_FLAGS = P.u32("p_flags");
    public static final Field P_OFFSET = P.u64("p_offset");
    public static final Field P_VADDR = P.u64("p_vaddr");
    public static final Field P_PADDR = P.u64("p_paddr");
    public static final Field P_FILESZ = P.u64("p_filesz");
    public static final Field P_MEMSZ = P.u64("p_memsz");
    public static final Field P_ALIGN = P.u64("p_align");
    public static final Struct PROGRAM_HEADER = P.build();

    public static final int EI_CLASS = 4;
    public static final int EI_DATA = 5;
    public static final int ELFCLASS64 = 2;
    public static final int ELFDATA2LSB = 1;
    public static final int ET_EXEC = 2;
    public static final int ET_DYN = 3;
    public static final int EM_X86_64 = 62;
    public static final int PT_LOAD = 1;
    public static final int PT_INTERP = 3;
    public static final int PT_NOTE = 4;

    private Elf64() {}
}
