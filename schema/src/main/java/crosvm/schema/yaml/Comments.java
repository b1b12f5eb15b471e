package crosvm.schema.yaml;

import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.comments.CommentType;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.scanner.ScannerImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.tokens.CommentToken;

/** The comments of a YAML text: what the scanner takes for one, so not every {@code #} in a block of text. */
public final class Comments {
    private Comments() {}

    /**
     * A comment.
     *
     * @param line the line, from 1
     * @param column the column of the {@code #}, from 1
     * @param text what follows the {@code #}
     * @param alone whether nothing else stands on the line
     */
    public record Comment(int line, int column, String text, boolean alone) {}

    /** All comments, in order; of a text that is not YAML those before the first mistake. */
    public static List<Comment> of(String text) {
        List<Comment> comments = new ArrayList<>();
        try {
            LoadSettings settings = Settings.withComments(text.length());
            ScannerImpl scanner = new ScannerImpl(settings, new StreamReader(settings, text));
            while (scanner.hasNext()) {
                if (scanner.next() instanceof CommentToken token && token.getCommentType() != CommentType.BLANK_LINE) {
                    Mark mark = token.getStartMark().orElseThrow();
                    comments.add(new Comment(
                            mark.getLine() + 1,
                            mark.getColumn() + 1,
                            token.getValue(),
                            token.getCommentType() == CommentType.BLOCK));
                }
            }
        } catch (YamlEngineException e) {
            // The loader tells of it.
            return comments;
        }
        return comments;
    }
}
