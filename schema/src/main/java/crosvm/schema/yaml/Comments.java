package crosvm.schema.yaml;

import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.comments.CommentType;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.scanner.ScannerImpl;
import org.yaml.snakeyaml.tokens.CommentToken;
import org.yaml.snakeyaml.tokens.Token;

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
        LoaderOptions options = new LoaderOptions();
        options.setProcessComments(true);
        options.setCodePointLimit(Integer.MAX_VALUE);
        List<Comment> comments = new ArrayList<>();
        try {
            ScannerImpl scanner = new ScannerImpl(new StreamReader(text), options);
            while (!scanner.checkToken(Token.ID.StreamEnd)) {
                if (scanner.getToken() instanceof CommentToken token
                        && token.getCommentType() != CommentType.BLANK_LINE) {
                    comments.add(new Comment(
                            token.getStartMark().getLine() + 1,
                            token.getStartMark().getColumn() + 1,
                            token.getValue(),
                            token.getCommentType() == CommentType.BLOCK));
                }
            }
        } catch (YAMLException e) {
            // The loader tells of it.
            return comments;
        }
        return comments;
    }
}
