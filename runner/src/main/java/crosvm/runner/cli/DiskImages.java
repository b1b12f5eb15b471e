package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.schema.json.Json;
import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import crosvm.vmm.storage.ImageCopy;
import crosvm.vmm.storage.ImageHeader;
import crosvm.vmm.storage.Qcow2File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The actions of {@code crosvm disk} that need no machine: create, info and clone. */
final class DiskImages {
    static final String IMAGE_FORMAT = "--image-format";
    static final String BASE = "--base";
    static final String BASE_FORMAT = "--base-format";

    private static final List<String> SERVED = Arrays.stream(DiskFormat.values())
            .filter(format -> format != DiskFormat.RAW)
            .map(EnumWord::of)
            .toList();

    private DiskImages() {}

    static void describe(CommandSpec spec) {
        DiskCommand.option(
                spec,
                IMAGE_FORMAT,
                "FORMAT",
                "For create, info and clone: what the image is, raw, qcow2, vmdk, vhdx or vdi; never guessed. Default: raw.");
        DiskCommand.option(spec, BASE, "FILE", "For clone: the image on which it stands. Default: none.");
        DiskCommand.option(spec, BASE_FORMAT, "FORMAT", "For clone: what that is. Default: raw.");
    }

    static ExitStatus run(ParseResult arguments, List<String> words, Streams streams) {
        switch (words.get(0)) {
            case "create" -> create(arguments, path(arguments, words, "create FILE SIZE", 3), words.get(2));
            case "info" -> info(path(arguments, words, "info FILE", 2), arguments, streams);
            case "clone" -> {
                Path image = path(arguments, words, "clone FILE COPY", 3);
                copy(arguments, image, Path.of(words.get(2)).toAbsolutePath(), streams);
            }
            default ->
                throw new ParameterException(
                        arguments.commandSpec().commandLine(),
                        "disk " + words.get(0) + ": the actions are resize, limit, snapshot, create, info and clone");
        }
        return ExitStatus.OK;
    }

    private static Path path(ParseResult arguments, List<String> words, String usage, int count) {
        if (words.size() != count) {
            throw new ParameterException(arguments.commandSpec().commandLine(), "expected: " + usage);
        }
        return Path.of(words.get(1)).toAbsolutePath();
    }

    private static DiskFormat format(ParseResult arguments, String option) {
        String word = arguments.matchedOptionValue(option, "raw");
        return Arrays.stream(DiskFormat.values())
                .filter(format -> EnumWord.of(format).equals(word))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        arguments.commandSpec().commandLine(),
                        option + ": \"" + word + "\" is none of raw, qcow2, vmdk, vhdx, vdi"));
    }

    private static void create(ParseResult arguments, Path file, String size) {
        long bytes = DiskCommand.size("SIZE", size, arguments);
        DiskFormat format = format(arguments, IMAGE_FORMAT);
        if (bytes <= 0 || bytes % BlockFile.SECTOR != 0) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(), "SIZE: must be a multiple of 512 bytes, and not 0");
        }
        if (format != DiskFormat.RAW && format != DiskFormat.QCOW2) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(), IMAGE_FORMAT + ": crosvm creates raw and qcow2 images only");
        }
        if (Files.exists(file)) {
            throw new VmmException(file + ": already exists; not overwritten");
        }
        String ending = file.toString().substring(file.toString().lastIndexOf('.') + 1);
        if (!ending.equals(EnumWord.of(format)) && SERVED.contains(ending)) {
            throw new ParameterException(
                    arguments.commandSpec().commandLine(),
                    file + " is to be a " + EnumWord.of(format) + " image, and its name says " + ending + "; give "
                            + IMAGE_FORMAT + " " + ending + ", or another name");
        }
        // Outside: a file that somebody else has made meanwhile is not ours to delete.
        Fd made = Fd.open(file.toString(), Fd.O_RDWR | Fd.O_CREAT | Fd.O_EXCL);
        try (made) {
            fill(made, format, bytes);
        } catch (RuntimeException e) {
            delete(file, e);
            throw e;
        }
    }

    private static void fill(Fd image, DiskFormat format, long bytes) {
        if (format == DiskFormat.QCOW2) {
            Qcow2File.create(image, bytes);
        } else if (FileSpace.setLength(image, bytes) < 0) {
            throw new VmmException(image.name() + ": cannot be made " + new MemorySize(bytes) + " large");
        }
    }

    private static void delete(Path file, RuntimeException because) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private static void info(Path file, ParseResult arguments, Streams streams) {
        DiskFormat format = format(arguments, IMAGE_FORMAT);
        if (!Files.exists(file)) {
            throw new VmmException(file + ": no such file; check the path");
        }
        try (Fd image = Fd.open(file.toString(), Fd.O_RDONLY | Fd.O_NONBLOCK)) {
            BlockFile.requireImage(image);
            ImageHeader header = ImageHeader.read(image, format);
            warn(file, IMAGE_FORMAT, arguments, streams);
            if (FormatOption.isJson(arguments)) {
                Map<String, @Nullable Object> facts = new LinkedHashMap<>();
                facts.put("file", file.toString());
                facts.put("format", EnumWord.of(format));
                facts.put("size", header.virtualSize());
                facts.put("base", header.backing());
                streams.out().println(Json.compact(facts));
                return;
            }
            streams.out().println("format: " + EnumWord.of(format));
            streams.out().println("size: " + new MemorySize(header.virtualSize()));
            if (header.backing() != null) {
                streams.out().println("names as its base: " + header.backing());
            }
        }
    }

    /** Such a file is most often one whose format was forgotten; its header would be taken for data. */
    private static void warn(Path image, String option, ParseResult arguments, Streams streams) {
        String what = arguments.hasMatchedOption(option) ? null : BlockFile.lookAlike(image);
        if (what != null) {
            streams.err()
                    .println("crosvm: warning: " + image + ": looks like " + what
                            + " and is read as raw; if you created it as another format, add " + option);
        }
    }

    private static void copy(ParseResult arguments, Path image, Path target, Streams streams) {
        NeededOption.check(arguments, BASE, List.of(BASE_FORMAT));
        String base = arguments.matchedOptionValue(BASE, "");
        ImageCopy.@Nullable Image below = base.isEmpty()
                ? null
                : new ImageCopy.Image(Path.of(base).toAbsolutePath(), format(arguments, BASE_FORMAT));
        ImageCopy.copy(new ImageCopy.Image(image, format(arguments, IMAGE_FORMAT)), below, target);
        warn(image, IMAGE_FORMAT, arguments, streams);
        if (below != null) {
            warn(below.path(), BASE_FORMAT, arguments, streams);
        }
    }
}
