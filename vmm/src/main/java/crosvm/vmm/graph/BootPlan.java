package crosvm.vmm.graph;

import crosvm.schema.model.BuiltinKernel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the machine boots.
 *
 * @param image the kernel's file, or null
 * @param builtin the guest which comes with crosvm, or null; exactly one of the two is set
 * @param initrd the initial ram disk's file, or null
 * @param parameters the kernel command line's words, in order
 * @param credentials what the guest is handed by SMBIOS
 */
public record BootPlan(
        @Nullable Path image,
        @Nullable BuiltinKernel builtin,
        @Nullable Path initrd,
        List<Parameter> parameters,
        List<CredentialPlan> credentials) {
    /** Copies the lists. */
    public BootPlan {
        parameters = List.copyOf(parameters);
        credentials = List.copyOf(credentials);
    }

    /** Who asked for a word of the command line. */
    public enum Source {
        /** Every machine has it. */
        BASE,
        /** It comes from {@code root: true} of a disk. */
        ROOT,
        /** It comes from {@code guest}. */
        GUEST,
        /** It stands in {@code kernel.params}. */
        SPEC
    }

    /**
     * A word of the kernel command line.
     *
     * @param text the word, for example {@code console=ttyS0}
     * @param source who asked for it
     */
    public record Parameter(String text, Source source) {}

    BootPlan with(List<CredentialPlan> others) {
        return new BootPlan(image, builtin, initrd, parameters, others);
    }

    /** The kernel command line: all words with single blanks between them. */
    public String commandLine() {
        return parameters.stream().map(Parameter::text).collect(Collectors.joining(" "));
    }
}
