package crosvm.schema.bind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.SpecModel;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Whether the table of other tools' words is about the fields that there are today. */
class OtherWordsTest {
    private static final Pattern KEY = Pattern.compile("write ([A-Za-z0-9]+):");

    private static RecordInfo record(String owner) {
        if (owner.isEmpty()) {
            return SpecModel.root();
        }
        for (FieldInfo field : SpecModel.fields()) {
            if (field.path().equals(owner) || (field.path() + "[]").equals(owner)) {
                return Objects.requireNonNull(SpecModel.recordIn(field.type()), owner);
            }
        }
        return fail("no field " + owner);
    }

    @Test
    void leadsToKeysThatStandThere() {
        OtherWords.hints()
                .forEach((owner, hints) -> hints.forEach((word, hint) -> {
                    Matcher key = KEY.matcher(hint);
                    if (key.find()) {
                        assertThat(record(owner).names())
                                .as(owner + ": " + word)
                                .contains(key.group(1));
                    } else if (owner.isEmpty()) {
                        assertThat(hint).as(word).contains("kernel: {image:", "disks: [{path:");
                    } else {
                        assertThat(hint)
                                .as(owner + ": " + word)
                                .startsWith("leave it out")
                                .doesNotContain("write");
                    }
                }));
    }

    @Test
    void holdsNoKeyOfOursAndNoWordThatIsNeverFound() {
        OtherWords.hints()
                .forEach((owner, hints) -> hints.keySet().forEach(word -> {
                    assertThat(record(owner).names()).as(owner).doesNotContain(word);
                    assertThat(OtherWords.hint(owner, word))
                            .as(owner + ": " + word)
                            .isNotEmpty();
                }));
    }

    @Test
    void knowsWordsInEveryGroupOfFields() {
        Map<String, Map<String, String>> hints = OtherWords.hints();
        for (String owner : List.of(
                "kernel",
                "disks[]",
                "networks[]",
                "shares[]",
                "console",
                "console.com3",
                "vsock",
                "balloon",
                "control",
                "guest",
                "ready",
                "health",
                "limits",
                "limits.io",
                "disks[].source")) {
            assertThat(hints).containsKey(owner);
        }
    }
}
