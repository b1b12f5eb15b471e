package crosvm.schema.yaml;

import crosvm.schema.problem.Position;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.scanner.ScannerImpl;
import org.yaml.snakeyaml.tokens.Token;

/** Finds the place where a text is nested too deeply: SnakeYAML tells that it is, but not where. */
final class Depth {
    private Depth() {}

    /** Where the first collection starts that has this many others around it, or the whole file. */
    static Position exceeded(String text, int deepest) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(Integer.MAX_VALUE);
        int depth = 0;
        try {
            ScannerImpl scanner = new ScannerImpl(new StreamReader(text), options);
            while (!scanner.checkToken(Token.ID.StreamEnd)) {
                Token token = scanner.getToken();
                switch (token.getTokenId()) {
                    case FlowSequenceStart, FlowMappingStart, BlockSequenceStart, BlockMappingStart -> depth++;
                    case FlowSequenceEnd, FlowMappingEnd, BlockEnd -> depth--;
                    default -> {
                        // Values and marks are no deeper than the collection they stand in.
                    }
                }
                if (depth > deepest) {
                    Mark mark = token.getStartMark();
                    return new Position(mark.getLine() + 1, mark.getColumn() + 1, mark.getColumn() + 2);
                }
            }
        } catch (YAMLException e) {
            return Position.FILE;
        }
        return Position.FILE;
    }
}
