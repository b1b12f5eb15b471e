package crosvm.schema.model;

import jakarta.validation.Valid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A NoCloud seed for cloud-init: a read-only disk labelled {@code cidata}, made in memory (cloudinit.readthedocs.io, "NoCloud").
 *
 * @param userData what cloud-init is to do, or null: nothing
 * @param metaData which instance this is, or null: {@link VmSpec#devices} names the machine
 * @param networkConfig how the guest's network is set up, or null: as cloud-init does by itself
 */
@Snippet(value = "cloud-config from a file", lines = "userData: {file: ${1:user-data.yaml}}")
public record CloudInitSpec(
        @Doc(
                value = "What cloud-init is to do: a text that begins with #cloud-config or #!, or {file: PATH}.",
                example = "{file: user-data.yaml}",
                fileOnly = true)
        @Valid @Nullable SeedText userData,

        @Doc(
                value =
                        "Which instance this is, in YAML. cloud-init does its work once for each instance-id: another one makes it start anew.",
                example = "{file: meta-data.yaml}",
                derived = "the machine's name as instance-id, guest.hostname or the name as local-hostname",
                fileOnly = true)
        @Valid @Nullable SeedText metaData,

        @Doc(
                value = "How the guest's network is set up, in cloud-init's version 1 or 2 (netplan) format.",
                example = "{file: network-config.yaml}",
                fileOnly = true)
        @Valid @Nullable SeedText networkConfig)
        implements VmSpec.DeviceSpec {
    private static final String USER_DATA = "userData";
    private static final String META_DATA = "metaData";
    private static final String NETWORK_CONFIG = "networkConfig";

    @Override
    public VmSpec.DeviceKind kind() {
        return VmSpec.DeviceKind.CLOUD_INIT;
    }

    @Override
    public String policy() {
        return "block_device.policy";
    }

    /** The texts that are given, by their fields. */
    public Map<String, SeedText> texts() {
        Map<String, SeedText> texts = new LinkedHashMap<>();
        put(texts, USER_DATA, userData);
        put(texts, META_DATA, metaData);
        put(texts, NETWORK_CONFIG, networkConfig);
        return texts;
    }

    private static void put(Map<String, SeedText> texts, String field, @Nullable SeedText text) {
        if (text != null) {
            texts.put(field, text);
        }
    }

    @Override
    public List<NamedPath> paths() {
        List<NamedPath> paths = new ArrayList<>();
        texts().forEach((field, text) -> {
            Path file = text.file();
            if (file != null) {
                paths.add(new NamedPath(field + ".file", file, NamedPath.Access.READ));
            }
        });
        return paths;
    }

    /** The same with meta data in any case: without it there is no seed for cloud-init. */
    CloudInitSpec in(String machine, @Nullable String hostname) {
        if (metaData != null) {
            return this;
        }
        String text = "instance-id: \"" + machine + "\"\nlocal-hostname: \"" + (hostname == null ? machine : hostname)
                + "\"\n";
        return new CloudInitSpec(userData, SeedText.of(text), networkConfig);
    }
}
