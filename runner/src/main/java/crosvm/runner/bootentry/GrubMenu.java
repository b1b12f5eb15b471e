package crosvm.runner.bootentry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The menu of a {@code grub.cfg}, read without running it: both branches of a condition count, functions and other files that it
 * names do not. Whatever stands in it, reading it ends and looks at nothing else. Used by one thread.
 */
final class GrubMenu {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_ENTRIES = 1000;
    /** Words before a command that belong to the language. */
    private static final Set<String> KEYWORDS = Set.of("if", "then", "else", "elif", "while", "until", "do", "!");

    private static final Set<String> LINUX = Set.of("linux", "linux16", "linuxefi");
    private static final Set<String> INITRD = Set.of("initrd", "initrd16", "initrdefi");

    private final Map<String, String> variables;
    private final Set<String> fixed;
    private final GrubWords words;
    private final Supplier<List<BootEntry>> loaderEntries;
    private final List<BootEntry> menu;
    private String chosen = "";
    private String root = "";
    private int count;

    /**
     * Reads a configuration.
     *
     * @param environment the variables of its {@code grubenv}, which win
     * @param loaderEntries what {@code blscfg} in it stands for
     * @throws BootEntryException when it is nested or long beyond all reason
     */
    GrubMenu(String text, Map<String, String> environment, Supplier<List<BootEntry>> loaderEntries)
            throws BootEntryException {
        this.variables = new HashMap<>(environment);
        variables.put("menuentry_id_option", "--id");
        this.fixed = Set.copyOf(environment.keySet());
        this.words = new GrubWords(text, variables);
        this.loaderEntries = loaderEntries;
        this.menu = block(0, new Body());
    }

    /** What an entry's commands say. */
    private static final class Body {
        private String linux = "";
        private List<String> options = List.of();
        private final List<String> initrds = new ArrayList<>();
        private String device = "";
    }

    private List<BootEntry> block(int depth, Body body) throws BootEntryException {
        if (depth > MAX_DEPTH) {
            throw new BootEntryException("its boot menu is nested more than " + MAX_DEPTH + " deep");
        }
        List<BootEntry> entries = new ArrayList<>();
        List<String> opening = List.of();
        for (List<String> command = words.next(); command != null; command = words.next()) {
            String name = command.get(0);
            if (name.equals("}")) {
                return entries;
            }
            if (name.equals("{")) {
                open(opening, entries, depth);
            } else {
                int first = 0;
                while (first < command.size() - 1 && KEYWORDS.contains(command.get(first))) {
                    first++;
                }
                opening = command.subList(first, command.size());
                run(opening, entries, body);
            }
            if (count > MAX_ENTRIES) {
                throw new BootEntryException("its boot menu has more than " + MAX_ENTRIES + " entries");
            }
        }
        return entries;
    }

    private void open(List<String> command, List<BootEntry> entries, int depth) throws BootEntryException {
        Body body = new Body();
        body.device = root;
        String outside = root;
        List<BootEntry> inside = block(depth + 1, body);
        root = outside;
        String name = command.isEmpty() ? "" : command.get(0);
        boolean submenu = name.equals("submenu");
        if (submenu || name.equals("menuentry")) {
            count++;
            entries.add(new BootEntry(
                    id(command),
                    command.size() > 1 ? command.get(1) : "",
                    body.device,
                    body.linux,
                    body.initrds,
                    body.options,
                    submenu ? inside : List.of()));
        }
    }

    private static String id(List<String> command) {
        for (int i = 2; i < command.size() - 1; i++) {
            if (command.get(i).equals("--id")) {
                return command.get(i + 1);
            }
        }
        for (String word : command) {
            if (word.startsWith("--id=")) {
                return word.substring(5);
            }
        }
        return "";
    }

    private void run(List<String> command, List<BootEntry> entries, Body body) {
        String name = command.get(0);
        if (name.equals("set") && command.size() > 1) {
            set(command.get(1), body);
        } else if (name.matches("[A-Za-z_][A-Za-z0-9_]*=.*")) {
            set(name, body);
        } else if (name.equals("search") && !command.get(command.size() - 1).startsWith("-")) {
            root = command.get(command.size() - 1);
            body.device = root;
        } else if (name.equals("blscfg")) {
            List<BootEntry> more = loaderEntries.get();
            count += more.size();
            entries.addAll(more);
        } else if (LINUX.contains(name) && command.size() > 1 && body.linux.isEmpty()) {
            body.linux = command.get(1);
            body.options = command.subList(2, command.size());
        } else if (INITRD.contains(name) && body.initrds.isEmpty()) {
            body.initrds.addAll(command.subList(1, command.size()));
        }
    }

    private void set(String assignment, Body body) {
        int equals = assignment.indexOf('=');
        if (equals <= 0) {
            return;
        }
        String key = assignment.substring(0, equals);
        String value = assignment.substring(equals + 1);
        if (key.equals("default")) {
            // Debian writes: if there is a next_entry that, else the real default. An empty one names nothing.
            chosen = value.isEmpty() ? chosen : value;
        } else if (key.equals("root")) {
            root = value;
            body.device = value;
        }
        // Two assignments are two branches of a condition; the first is the usual one.
        if (!fixed.contains(key)) {
            variables.putIfAbsent(key, value);
        }
    }

    /**
     * The entry that is booted when nobody touches a key.
     *
     * @throws BootEntryException when there is none
     */
    BootEntry chosen() throws BootEntryException {
        List<BootEntry> level = menu;
        BootEntry entry = null;
        for (String name : (chosen.isEmpty() ? "0" : chosen).split(">", -1)) {
            entry = find(level, name);
            if (entry == null) {
                break; // As GRUB does: the first.
            }
            level = entry.entries();
        }
        while (entry == null || entry.linux().isEmpty()) {
            List<BootEntry> rest = entry == null ? menu : entry.entries();
            entry = rest.stream()
                    .filter(e -> !e.linux().isEmpty() || !e.entries().isEmpty())
                    .findFirst()
                    .orElseThrow(() -> new BootEntryException("its boot menu has no entry with a Linux kernel"));
        }
        return entry;
    }

    boolean isEmpty() {
        return menu.isEmpty();
    }

    private static @Nullable BootEntry find(List<BootEntry> level, String name) {
        if (name.matches("[0-9]{1,4}")) {
            int index = Integer.parseInt(name);
            return index < level.size() ? level.get(index) : null;
        }
        return level.stream().filter(e -> e.isCalled(name)).findFirst().orElse(null);
    }
}
