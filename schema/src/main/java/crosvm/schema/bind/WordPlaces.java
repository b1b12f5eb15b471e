package crosvm.schema.bind;

import crosvm.schema.problem.Origin;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Splits a line of words as the kernel does, each word with its own place in the file where it stands there as it reads. */
final class WordPlaces {
    /** What may stand between two words, and before the first: blanks, quotes, and what starts a block of text. */
    private static final Pattern BETWEEN = Pattern.compile("[\\s\"'>|+0-9\\\\-]*");

    private WordPlaces() {}

    /** The words; one whose place cannot be told has that of the whole value, and so have those behind it. */
    static List<Tree> of(Tree.Scalar line, SourceText source) {
        Origin whole = line.origin();
        List<Tree> words = new ArrayList<>();
        int at = whole.kind() == Origin.Kind.FILE
                ? source.offset(whole.position().line(), whole.position().column())
                : -1;
        for (String word : KernelCommandLine.words(line.text())) {
            int start = at < 0 ? -1 : source.text().indexOf(word, at);
            if (start < 0 || !BETWEEN.matcher(source.text()).region(at, start).matches()) {
                at = -1;
                words.add(new Tree.Scalar(word, false, whole));
            } else {
                at = start + word.length();
                Origin own = new Origin(whole.kind(), whole.source(), source.position(start, at));
                words.add(new Tree.Scalar(word, false, own));
            }
        }
        return words;
    }
}
