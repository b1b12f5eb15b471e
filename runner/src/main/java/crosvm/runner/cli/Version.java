package crosvm.runner.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** The version, and the commit it was built from, as the build wrote them down. */
final class Version {
    private static final String FILE = "version.properties";
    private static final int DATE_LENGTH = "2026-11-24".length();

    private Version() {}

    private static String property(String key) {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException("the build left no " + FILE);
            }
            properties.load(in);
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + FILE, e);
        }
        return properties.getProperty(key, "");
    }

    /** The bare number. */
    static String number() {
        return property("version");
    }

    /** The day it stands for, as in {@code 2026-11-24}: the same for the same sources. */
    static String date() {
        String built = property("built");
        return built.substring(0, Math.min(DATE_LENGTH, built.length()));
    }

    /** For {@code --version}. */
    static String text() {
        return text(number(), property("commit"));
    }

    /** @param commit empty in a build that was not made by {@code .ci/package} */
    static String text(String number, String commit) {
        return "crosvm-in-Java " + number + " (" + (commit.isEmpty() ? "" : "commit " + commit + ", ") + "Java "
                + System.getProperty("java.runtime.version") + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch") + ")";
    }

    /** For programs; the commit is empty in a build that was not made by {@code .ci/package}. */
    static Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("version", number());
        facts.put("commit", property("commit"));
        facts.put("java", System.getProperty("java.runtime.version"));
        facts.put("os", System.getProperty("os.name"));
        facts.put("arch", System.getProperty("os.arch"));
        return facts;
    }
}
