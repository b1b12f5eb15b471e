package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm completion}: a script by which a shell asks {@link Completion} for candidates. */
final class CompletionCommand implements Command {
    private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    @Override
    public String name() {
        return "completion";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Print a shell script for completion: of commands, options and their values, machines and disks.")
                .footer(
                        "",
                        "Examples:",
                        "  source <(crosvm completion bash)                                   in ~/.bashrc",
                        "  source <(crosvm completion zsh)                                    in ~/.zshrc, after compinit",
                        "  crosvm completion fish >~/.config/fish/completions/crosvm.fish");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("1")
                .required(true)
                .paramLabel(String.join("|", SHELLS))
                .type(String.class)
                .completionCandidates(SHELLS)
                .description("The shell.")
                .build());
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        String shell = arguments.matchedPositional(0).originalStringValues().get(0);
        if (!SHELLS.contains(shell)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    "no completion for " + shell + "; there is one for " + String.join(", ", SHELLS));
        }
        streams.out().print(script("completion." + shell));
        return ExitStatus.OK;
    }

    private static String script(String name) {
        try (InputStream in = CompletionCommand.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
