package crosvm.runner.remote;

import crosvm.runner.image.Sha256;
import crosvm.runner.report.FailedException;
import crosvm.schema.check.PathUse;
import crosvm.schema.model.CredentialSpec;
import crosvm.schema.model.NamedPath.Access;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a command needs on another host: the specs' own files, and of machines that are to be started the files that they name; the
 * variables that both take from the environment here. What is the other host's own, or cannot be carried, is told apart. Used by one
 * thread.
 */
public final class CarriedFiles {
    private static final int MAX_FILES = 10_000;
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)");
    /** What a program on the other host goes by; what is here means nothing there. */
    private static final Pattern OF_HOST =
            Pattern.compile("PATH|PWD|SHELL|USER|LOGNAME|TMPDIR|LANG|(LC|LD|XDG)_.*|JAVA_HOME|JAVA_TOOL_OPTIONS"
                    + "|JDK_JAVA_OPTIONS|SSH_AUTH_SOCK|CROSVM_(HOST|CARRIED|JAVA_OPTS|DEBUG)");

    private final Map<String, String> environment;
    /** Whether a machine writes to it, by its path. */
    private final Map<Path, Boolean> files = new TreeMap<>();

    private final TreeSet<Path> folders = new TreeSet<>();
    private final TreeMap<String, String> variables = new TreeMap<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();

    /** @param environment this process's */
    public CarriedFiles(Map<String, String> environment) {
        this.environment = environment;
        variable("CROSVM_PROFILES");
    }

    /** Adds a file that is a spec, or a part of one, and the variables that it names. */
    public void addText(Path file) {
        Path path = file.toAbsolutePath().normalize();
        if (!Files.isRegularFile(path)) {
            return; // Whoever needs it says so.
        }
        files.putIfAbsent(path, false);
        try {
            Matcher names = VARIABLE.matcher(Files.readString(path));
            while (names.find()) {
                variable(names.group(1));
            }
        } catch (IOException e) {
            throw new FailedException(path + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    private void variable(String name) {
        String value = environment.get(name);
        if (value != null && !OF_HOST.matcher(name).matches()) {
            variables.put(name, value);
        }
    }

    /** Adds what a machine needs that is to be started. */
    public void addMachine(VmSpec spec) {
        String name = spec.name() + ": ";
        for (CredentialSpec credential : spec.guest().credentials().values()) {
            if (credential.env() != null) {
                variable(credential.env());
            }
        }
        if (spec.wayland() != null) {
            refusals.add(name + "wayland: the compositor of this computer cannot be reached from another host");
        }
        for (int i = 0; i < spec.networks().size(); i++) {
            NetworkSpec network = spec.networks().get(i);
            if (network.tap() != null) {
                notes.add(name + "networks[" + i + "].tap: means the host's own " + network.tap());
            }
        }
        PathUse.of(spec, null).forEach(use -> add(use, name + use.field() + ": "));
    }

    private void add(PathUse use, String what) {
        Path path = use.path();
        Access access = use.access();
        if (use.isShare() && Files.exists(path)) {
            refusals.add(what + path + ": a folder of this computer cannot be shared with a guest on another host;"
                    + " copy what the guest needs into it (crosvm exec MACHINE tar), or put it on a disk");
        } else if (access == Access.READ_FOLDER && Files.isDirectory(path)) {
            addFolder(path);
        } else if (access == Access.CONNECT) {
            return; // The compositor's, and refused.
        } else if (access == Access.LISTEN || access == Access.WRITE && !Files.exists(path)) {
            folders.add(Objects.requireNonNullElse(path.getParent(), path));
        } else if (Files.isRegularFile(path)) {
            files.merge(path, access == Access.WRITE, Boolean::logicalOr);
        } else {
            notes.add(what + path + ": "
                    + (Files.exists(path) ? "is not a file that can be sent" : "is not on this computer")
                    + "; the host's own is used");
        }
    }

    private void addFolder(Path folder) {
        folders.add(folder);
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(Files::isRegularFile).limit(MAX_FILES).forEach(file -> files.putIfAbsent(file, false));
        } catch (IOException e) {
            throw new FailedException(folder + ": cannot be read: " + FailureReason.of(e), e);
        }
    }

    /** What on the other host is that host's own, as lines for the user. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /**
     * The order to run words there.
     *
     * @param origin who sends it: {@code USER@HOST}
     * @throws FailedException when something cannot be carried, or is too much
     */
    public HostOrder order(String origin, List<String> words) {
        if (!refusals.isEmpty()) {
            throw new FailedException(String.join("\ncrosvm: ", refusals));
        }
        if (files.size() > MAX_FILES) {
            throw new FailedException("the spec names more than " + MAX_FILES + " files; a disk image can hold them");
        }
        List<CarriedFile> carried = new ArrayList<>();
        files.forEach((path, written) -> {
            try {
                carried.add(new CarriedFile(path, Files.size(path), Sha256.of(path), written));
            } catch (IOException e) {
                throw new FailedException(path + ": cannot be read: " + FailureReason.of(e), e);
            }
        });
        return new HostOrder(
                origin, words, Path.of("").toAbsolutePath().normalize(), variables, List.copyOf(folders), carried);
    }
}
