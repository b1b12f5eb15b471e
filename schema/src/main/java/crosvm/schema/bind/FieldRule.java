package crosvm.schema.bind;

import crosvm.schema.problem.Rule;
import crosvm.schema.problem.RuleText;
import crosvm.schema.problem.Severity;

/** What can be wrong with one field. */
public enum FieldRule implements Rule {
    /** An unknown key. */
    UNKNOWN_KEY(
            "unknown-key",
            "A key is not known here.",
            "A misspelt key that is silently dropped leaves its default in force, and nobody notices."),
    /** A missing key. */
    MISSING_KEY("missing-key", "A required key is missing.", "There is no sensible default for it."),
    /** A value of the wrong type. */
    WRONG_TYPE("wrong-type", "A value has the wrong type.", "Guessing what was meant would hide mistakes."),
    /** A word that is not one of those allowed. */
    UNKNOWN_WORD("unknown-word", "A value is not one of the words allowed.", "The field knows these words only."),
    /** Not a size. */
    BAD_SIZE(
            "bad-size", "A size cannot be read.", "512M could be powers of ten or of two; only exact units are taken."),
    /** Not a MAC address. */
    BAD_MAC("bad-mac", "A MAC address cannot be read.", "It has six pairs of hex digits with colons between them."),
    /** Not an IPv4 address. */
    BAD_IPV4(
            "bad-ipv4",
            "An IPv4 address cannot be read.",
            "Host names and leading zeros mean different things to different tools."),
    /** Not a time. */
    BAD_TIME("bad-time", "A time cannot be read.", "It is a whole number of seconds, or has the unit s, m or h."),
    /** Not a number of cores. */
    BAD_CORES(
            "bad-cores",
            "A number of cores cannot be read.",
            "It is a decimal number from 0.01 to 1024; percent and thousandths mean other things to other tools."),
    /** Not a port forward. */
    BAD_FORWARD(
            "bad-forward", "A port forward cannot be read.", "It needs the host's port and the guest's, 1 to 65535."),
    /** Not a path. */
    BAD_PATH("bad-path", "A path is empty or has control characters in it.", "No file can be meant."),
    /** A tilde. */
    TILDE_PATH(
            "tilde-path",
            "A path starts with ~.",
            "Only shells expand it; here it would be a folder named ~. Write ${HOME}."),
    /** Outside its bounds. */
    OUT_OF_RANGE("out-of-range", "A number or size is outside its bounds.", "The machine cannot be built with it."),
    /** Not whole pages. */
    NOT_PAGE_SIZED(
            "not-page-sized", "Memory is not a whole number of 4KiB pages.", "KVM takes guest memory in pages only."),
    /** Characters that are not allowed. */
    BAD_NAME(
            "bad-name",
            "A name has characters that are not allowed.",
            "Names become file names, interface names and flags."),
    /** Too long or too short. */
    BAD_LENGTH(
            "bad-length",
            "A text or list is too long or too short.",
            "The kernel or the guest has room for so much only."),
    /** Blank. */
    BLANK("blank-value", "A text is empty or blank.", "Nothing can be meant by it."),
    /** An unset variable. */
    UNSET_VARIABLE(
            "unset-variable",
            "A variable without a default is not set.",
            "An empty text in its place would make another spec of it. Write ${NAME:-default}."),
    /** A broken variable. */
    BAD_VARIABLE(
            "bad-variable",
            "A ${…} cannot be read.",
            "Only ${NAME} and ${NAME:-default} are known; $$ stands for a dollar sign."),
    /** A line of an environment file. */
    ENV_FILE(
            "env-file",
            "A line of the environment file cannot be read, or the file is missing.",
            "A variable that is silently not set makes another spec of it."),
    /** An override that leads nowhere. */
    BAD_OVERRIDE("bad-override", "A --set or a flag does not lead to a field.", "Nothing would change, silently.");

    private final RuleText text;

    FieldRule(String id, String what, String why) {
        text = new RuleText(id, Severity.ERROR, what, why);
    }

    @Override
    public RuleText text() {
        return text;
    }
}
