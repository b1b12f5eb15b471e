package crosvm.schema.lint;

import java.util.Locale;
import java.util.regex.Pattern;

/** Recognises what should not be written where everybody can read it. */
final class SecretLint {
    /** How the name of a parameter ends that holds a secret. */
    private static final Pattern SECRET_NAME = Pattern.compile(
            ".*(password|passwd|passphrase|pass_phrase|secret|token|api[_-]?key|private[_-]?key|psk|set_credential(_binary)?)");
    /** {@code https://user:secret@host} (RFC 3986 §3.2.1). */
    private static final Pattern URL_WITH_PASSWORD = Pattern.compile(".*[a-z][a-z0-9+.-]*://[^/\\s:@]+:[^/\\s@]+@.*");

    private SecretLint() {}

    /**
     * Why a kernel parameter looks like a secret, or empty.
     *
     * @param key what stands before the first equals sign
     * @param value what stands behind it
     */
    static String reason(String key, String value) {
        if (!value.isEmpty()
                && SECRET_NAME.matcher(key.toLowerCase(Locale.ROOT)).matches()) {
            return key + "= looks like a secret";
        }
        return URL_WITH_PASSWORD.matcher(value).matches() ? key + "= has a URL with a password" : "";
    }
}
