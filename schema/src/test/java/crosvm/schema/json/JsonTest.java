package crosvm.schema.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static Map<String, Object> sample() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("list", List.of(1, 2.5, true, "a\"b\\c"));
        map.put("none", null);
        map.put("empty", List.of());
        map.put("inner", Map.of("key", Map.of()));
        return map;
    }

    @Test
    void writesOnOneLineWithoutBlanks() {
        assertThat(Json.compact(sample()))
                .isEqualTo("{\"list\":[1,2.5,true,\"a\\\"b\\\\c\"],\"none\":null,\"empty\":[],\"inner\":{\"key\":{}}}");
    }

    @Test
    void indentsByTwoBlanksAndEndsWithALineFeed() {
        assertThat(Json.pretty(sample())).isEqualTo("""
                        {
                          "list": [
                            1,
                            2.5,
                            true,
                            "a\\"b\\\\c"
                          ],
                          "none": null,
                          "empty": [],
                          "inner": {
                            "key": {}
                          }
                        }
                        """);
    }

    @ParameterizedTest
    @ValueSource(chars = {'\u0001', '\u001b', '\u007f', '\u0085', '\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff'})
    void escapesWhatYamlForbidsOrATerminalObeys(char hidden) {
        assertThat(Json.compact("a" + hidden + "b")).isEqualTo(String.format("\"a\\u%04Xb\"", (int) hidden));
    }

    @Test
    void leavesLettersOfAllLanguagesAsTheyAre() {
        assertThat(Json.compact("Grüße, 日本, 😀")).isEqualTo("\"Grüße, 日本, 😀\"");
    }

    @Test
    void readsBackWhatItWrites() throws Json.Malformed {
        Map<String, Object> read = Json.readObject(Json.pretty(Map.of("a", List.of(1, "x\u0085", false))));
        assertThat(read).isEqualTo(Map.of("a", List.of(1L, "x\u0085", false)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "{\"a\":1,\"a\":2}", "{} {}", "{\"a\":99999999999999999999}", "{'a':1}", ""})
    void refusesWhatIsNotOneObjectWithDistinctNames(String text) {
        assertThatThrownBy(() -> Json.readObject(text)).isInstanceOf(Json.Malformed.class);
    }

    @Test
    void refusesATextThatIsNestedWithoutEnd() {
        String deep = "{\"a\":".repeat(100) + "1" + "}".repeat(100);
        assertThatThrownBy(() -> Json.readObject(deep)).isInstanceOf(Json.Malformed.class);
    }
}
