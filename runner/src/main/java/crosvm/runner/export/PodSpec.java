package crosvm.runner.export;

import crosvm.schema.bind.Draft;
import crosvm.schema.check.PathUse;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.NamedPath.Access;
import crosvm.schema.model.VmSpec;
import crosvm.schema.write.SpecWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A spec as it stands in a Pod: what its file says, without defaults, with the paths of the Pod's volumes. */
final class PodSpec {
    /** Files that are only read, from a volume that all machines of the set can have. */
    static final String FILES = "/files";
    /** Writable disks and overlays, from a claim of this machine's own. */
    static final String DISKS = "/disks";

    static final String RUN = "/run/crosvm";
    static final String SECRETS = "/secrets";
    static final String CACHE = "/var/cache/crosvm";
    private static final String TEMPORARY = "/tmp";

    private final VmSpec spec;
    private final Draft draft;
    private final Path folder;
    private final Map<String, String> moved = new LinkedHashMap<>();
    private final TreeSet<String> files = new TreeSet<>();
    private final TreeMap<String, String> copied = new TreeMap<>();
    private final TreeSet<String> overlays = new TreeSet<>();

    PodSpec(ExportedMachine machine) {
        this.spec = machine.spec();
        this.draft = machine.draft();
        this.folder = machine.folder();
        PathUse.of(spec, machine.file()).forEach(this::move);
        SpecSecrets.files(spec)
                .keySet()
                .forEach(name -> moved.put("guest.credentials." + name + ".file", SECRETS + "/" + name));
    }

    private void move(PathUse use) {
        boolean secret = use.field().startsWith("guest.credentials");
        if (use.field().isEmpty() || secret) {
            return;
        }
        String name = String.valueOf(use.path().getFileName());
        if (use.access() == Access.LISTEN) {
            moved.put(use.field(), RUN + "/" + name);
        } else if (use.isConsole()) {
            moved.put(use.field(), TEMPORARY + "/" + name);
        } else {
            String relative = folder.relativize(use.path()).toString();
            moved.put(use.field(), (use.access() == Access.WRITE ? DISKS : FILES) + "/" + relative);
            if (use.field().endsWith(".writes")) {
                overlays.add(relative);
            } else {
                files.add(relative);
                if (use.access() == Access.WRITE) {
                    copied.put(relative, DISKS + "/" + relative);
                }
            }
        }
    }

    /** The files of the volume with files, relative to the spec's folder. */
    List<String> files() {
        return List.copyOf(files);
    }

    /** The images that are written: relative to the volume with files, and where this machine's copy of each is. */
    Map<String, String> copied() {
        return copied;
    }

    /** The folders of the claim that must be there before the machine starts. */
    SortedSet<String> folders() {
        TreeSet<String> folders = new TreeSet<>();
        List<String> all = new ArrayList<>(overlays);
        all.addAll(copied.keySet());
        for (String file : all) {
            int slash = file.lastIndexOf('/');
            folders.add(DISKS + (slash < 0 ? "" : "/" + file.substring(0, slash)));
        }
        return folders;
    }

    /** Whether something is written that has to outlive a Pod. */
    boolean keeps() {
        return !copied.isEmpty() || !overlays.isEmpty();
    }

    /** The bytes that the claim needs where all sizes are known; -1 where they are not. */
    long claimBytes() {
        long bytes = 0;
        for (DiskSpec disk : spec.disks()) {
            boolean kept =
                    !disk.keepsImage() || disk.writes() != null && disk.writes().kind() == DiskWrites.Kind.FILE;
            if (kept && disk.size() == null) {
                return -1;
            }
            bytes += kept && disk.size() != null ? disk.size().bytes() : 0;
        }
        return bytes;
    }

    /** The spec as YAML, with its name: the file's name does not give it any more. */
    String yaml() {
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("name", spec.name());
        written.putAll(mapping("", SpecWriter.toMap(spec)));
        return SpecWriter.toYaml(written);
    }

    private Map<String, Object> mapping(String path, Map<?, ?> map) {
        Map<String, Object> kept = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            Object inner = kept(path.isEmpty() ? "" + key : path + "." + key, value);
            if (inner != null) {
                kept.put("" + key, inner);
            }
        });
        return kept;
    }

    private @Nullable Object kept(String path, Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> inner = mapping(path, map);
            return inner.isEmpty() ? null : inner;
        }
        if (value instanceof List<?> list) {
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < list.size(); i++) {
                Object item = kept(path + "[" + i + "]", list.get(i));
                if (item != null) {
                    items.add(item);
                }
            }
            return items.isEmpty() ? null : items;
        }
        String place = moved.get(path);
        if (place != null) {
            return place.replace("$", "$$");
        }
        return draft.given(path) ? value : null;
    }
}
