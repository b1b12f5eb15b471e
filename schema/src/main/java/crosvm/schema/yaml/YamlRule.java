package crosvm.schema.yaml;

import crosvm.schema.problem.Rule;
import crosvm.schema.problem.RuleText;
import crosvm.schema.problem.Severity;

/** What can be wrong with a file before its fields are looked at. */
public enum YamlRule implements Rule {
    /** The file cannot be read. */
    UNREADABLE("unreadable-file", "The file cannot be read.", "Nothing can be said about what is in it."),
    /** More bytes than any spec has. */
    TOO_LARGE(
            "file-too-large", "The file is larger than 256 KiB.", "A spec has a few kilobytes; this is another file."),
    /** Broken encoding. */
    NOT_UTF8("not-utf8", "The file is not UTF-8.", "YAML is UTF-8; other encodings change the meaning of characters."),
    /** A control character. */
    CONTROL_CHARACTER(
            "yaml-control-character",
            "The file contains a character that YAML forbids.",
            "Control characters are invisible in an editor, and tools disagree about them."),
    /** The parser cannot go on. */
    SYNTAX("yaml-syntax", "The file is not YAML.", "Nothing after the first syntax error can be understood."),
    /** Markers of a version control system. */
    MERGE_CONFLICT(
            "yaml-merge-conflict",
            "The file has the markers of a merge conflict in it.",
            "It holds two versions of something, and nobody has decided between them."),
    /** Another tool's file. */
    OTHER_FORMAT(
            "other-format",
            "The file is another tool's, or of another format than YAML.",
            "Nothing in it means what it would in a spec."),
    /** A template. */
    TEMPLATE(
            "yaml-template",
            "The file is a template that was not filled in: {{ … }} or {% … %}.",
            "crosvm fills in ${NAME} and ${NAME:-default} only. Let the template's tool write the file first."),
    /** Quotes of a word processor. */
    CURLY_QUOTES(
            "yaml-curly-quotes",
            "A value stands in typographic quotes.",
            "YAML knows \" and ' only: the others are part of the text."),
    /** A tab for indentation. */
    TAB(
            "yaml-tab",
            "A tab stands where YAML wants blanks.",
            "YAML forbids tabs in indentation: editors show them differently."),
    /** Nested too deeply. */
    TOO_DEEP(
            "yaml-too-deep",
            "Brackets or blocks are nested more than 32 deep.",
            "No spec is that deep; readers would run out of stack."),
    /** Alias bomb. */
    ALIAS_BOMB(
            "yaml-alias-bomb",
            "Aliases expand to more than a spec can hold.",
            "A few lines of nested aliases can stand for billions of values."),
    /** An alias inside its own anchor. */
    RECURSIVE_ALIAS("yaml-recursive-alias", "An alias stands inside its own anchor.", "Its value would never end."),
    /** A second document. */
    SEVERAL_DOCUMENTS(
            "yaml-several-documents",
            "The file holds more than one YAML document.",
            "A file is one machine; tools would silently take the first or the last."),
    /** No document. */
    EMPTY("yaml-empty", "The file holds nothing.", "A machine needs at least a kernel."),
    /** The same key twice. */
    DUPLICATE_KEY(
            "yaml-duplicate-key",
            "A key stands twice in one mapping.",
            "YAML forbids it, and tools silently take the first or the last."),
    /** Merge keys. */
    MERGE_KEY(
            "yaml-merge-key",
            "The merge key << is used.",
            "It is not part of YAML 1.2, and hides which value counts. Write the fields out."),
    /** An explicit tag. */
    TAG("yaml-tag", "A value has an explicit tag.", "The field says what type it has; a tag can only contradict it."),
    /** A key that is no text. */
    KEY_TYPE("yaml-key-type", "A key is a list, a mapping or empty.", "All keys of a spec are words."),
    /** yes, no, on, off. */
    BOOLEAN_WORD(
            "yaml-boolean-word",
            "A bare yes, no, on, off, y or n stands where true, false or a text is wanted.",
            "YAML 1.1 reads these words as true and false, YAML 1.2 as texts: tools disagree about the file."),
    /** 010. */
    OCTAL(
            "yaml-octal",
            "A number starts with 0.",
            "YAML 1.1 reads 010 as octal, that is 8, YAML 1.2 as 10: tools disagree about the file."),
    /** 1:30. */
    SEXAGESIMAL(
            "yaml-sexagesimal",
            "A bare value consists of numbers with colons between them.",
            "YAML 1.1 reads 1:30 as 90, a number to the base 60. Quotes make it a text everywhere."),
    /** 1e3. */
    FLOAT(
            "yaml-float",
            "A number has a point or an exponent where a whole number is wanted.",
            "Tools disagree whether 1e3 is a number or a text, and no field of a spec is a fraction."),
    /** 0x10. */
    HEX(
            "yaml-hex",
            "A number is written in hexadecimal, binary or with 0o.",
            "YAML 1.1 and 1.2 disagree about these forms. Write it in decimal."),
    /** 1_000. */
    UNDERSCORE(
            "yaml-underscore",
            "A number has underscores in it.",
            "YAML 1.1 ignores them, YAML 1.2 reads a text: tools disagree about the file."),
    /** null. */
    NULL("yaml-null", "A key has no value.", "It is unclear whether the default is meant or something was forgotten.");

    private final RuleText text;

    YamlRule(String id, String what, String why) {
        text = new RuleText(id, Severity.ERROR, what, why);
    }

    @Override
    public RuleText text() {
        return text;
    }
}
