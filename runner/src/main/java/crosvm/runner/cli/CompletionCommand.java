package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code crosvm completion}: a script that lets a shell complete commands and flags. */
final class CompletionCommand implements Command {
    private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    @Override
    public String name() {
        return "completion";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description("Print a shell script for completion: of commands, options and their values.")
                .footer(
                        "",
                        "Examples:",
                        "  source <(crosvm completion bash)                                   in ~/.bashrc",
                        "  source <(crosvm completion zsh)                                    in ~/.zshrc",
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
        CommandLine all = Crosvm.commandLine();
        switch (shell) {
            // Its script for bash serves zsh too: it turns on zsh's own emulation.
            case "bash", "zsh" -> streams.out().print(AutoComplete.bash("crosvm", all));
            case "fish" -> streams.out().print(FishCompletion.of(all.getCommandSpec()));
            default ->
                throw new ParameterException(
                        arguments.commandSpec().commandLine(),
                        "no completion for " + shell + "; there is one for " + String.join(", ", SHELLS));
        }
        return ExitStatus.OK;
    }
}
