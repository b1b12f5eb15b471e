package crosvm.schema.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SourceTextTest {
    @Test
    void findsEachCharacterAtItsLineAndColumnAndBack() {
        Random random = new Random(7);
        String[] pieces = {"a", "\n", "\r\n", "\r", "\ud83d\ude00", "é", "\t"};
        for (int round = 0; round < 300; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 40; i++) {
                text.append(pieces[random.nextInt(round % 2 == 0 ? 4 : pieces.length)]);
            }
            SourceText source = new SourceText("f", text.toString());
            int line = 1;
            int column = 1;
            for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
                int c = text.codePointAt(at);
                Position position = source.position(at);
                assertThat(position).as(text + " at " + at).isEqualTo(new Position(line, column, column + 1));
                boolean ends = c == '\n' || c == '\r' && text.indexOf("\n", at + 1) != at + 1;
                if (c != '\n' && c != '\r') {
                    assertThat(source.at(line, column)).isEqualTo(c);
                    assertThat(source.offset(line, column)).isEqualTo(at);
                    assertThat(source.piece(position)).isEqualTo(Character.toString(c));
                }
                line += ends ? 1 : 0;
                column = ends ? 1 : column + 1;
            }
        }
    }

    @Test
    void hasNothingBeyondTheEndOfALine() {
        SourceText source = new SourceText("f", "ab\ncd");
        assertThat(source.at(1, 3)).isEqualTo(-1);
        assertThat(source.offset(1, 4)).isEqualTo(-1);
        assertThat(source.piece(new Position(1, 2, 4))).isEmpty();
        assertThat(source.piece(new Position(3, 1, 2))).isEmpty();
        assertThat(source.line(3)).isEmpty();
        assertThat(source.position(5)).isEqualTo(new Position(2, 3, 4));
    }
}
