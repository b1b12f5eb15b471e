package crosvm.runner.report;

import crosvm.schema.json.Json;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.IoLimit;
import crosvm.vmm.graph.AddressRange;
import crosvm.vmm.graph.Bar;
import crosvm.vmm.graph.BootPlan;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.LegacyDevice;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.ProcessPlan;
import crosvm.vmm.graph.ReadinessPlan;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A device graph as JSON, and as the maps and lists that JSON is made of. Addresses and ports are texts in hex. */
public final class GraphJson {
    private GraphJson() {}

    /** Indented text, ending with a line feed. */
    public static String of(DeviceGraph graph) {
        return Json.pretty(toMap(graph));
    }

    static Map<String, Object> toMap(DeviceGraph graph) {
        return map(
                "name", graph.name(),
                "vcpus", graph.vcpus(),
                "memory", graph.memoryBytes(),
                "boot", boot(graph.boot()),
                "addresses", graph.addresses().stream().map(GraphJson::range).toList(),
                "platform", graph.legacy().stream().map(GraphJson::legacy).toList(),
                "pci", graph.pci().stream().map(GraphJson::function).toList(),
                "processes", graph.processes().stream().map(GraphJson::process).toList(),
                "policyDir", graph.policyDir(),
                "onViolation", EnumWord.of(graph.onViolation()),
                "onFailure", EnumWord.of(graph.onFailure()),
                "restart", EnumWord.of(graph.restart()),
                "limits", graph.limits() == null ? null : settings(graph.limits()),
                "readiness", graph.readiness() == null ? null : readiness(graph.readiness()),
                "host", host(graph.host()));
    }

    private static Map<String, Object> readiness(ReadinessPlan plan) {
        return map(
                "ready", plan.ready() == null ? null : sign(plan.ready()),
                "within", plan.ready() == null ? null : plan.withinSeconds(),
                "health", plan.health() == null ? null : sign(plan.health()),
                "interval", plan.health() == null ? null : plan.intervalSeconds(),
                "retries", plan.health() == null ? null : plan.retries());
    }

    private static Map<String, Object> sign(ReadinessPlan.Sign sign) {
        return map(
                "kind", EnumWord.of(sign.kind()),
                "pattern", sign.pattern().isEmpty() ? null : sign.pattern(),
                "port", sign.pattern().isEmpty() && sign.kind() != ReadinessPlan.Kind.SYSTEMD ? sign.guestPort() : null,
                "hostPort", sign.hostPort() == 0 ? null : sign.hostPort());
    }

    private static Map<String, Object> boot(BootPlan boot) {
        return map(
                "image", boot.image(),
                "builtin", boot.builtin() == null ? null : EnumWord.of(boot.builtin()),
                "initrd", boot.initrd(),
                "commandLine", boot.commandLine(),
                "parameters",
                        boot.parameters().stream()
                                .map(p -> map("text", p.text(), "source", EnumWord.of(p.source())))
                                .toList(),
                "credentials",
                        boot.credentials().stream()
                                .map(c -> map("name", c.name(), "file", c.file(), "env", c.env()))
                                .toList());
    }

    private static Map<String, Object> range(AddressRange range) {
        return map(
                "kind", EnumWord.of(range.kind()),
                "address", hex(range.address()),
                "size", range.size());
    }

    private static Map<String, Object> legacy(LegacyDevice device) {
        return map(
                "id", device.id(),
                "ports",
                        device.ports().stream()
                                .map(p -> map("first", hex(p.first()), "count", p.count()))
                                .toList(),
                "gsi", device.gsi() < 0 ? null : device.gsi(),
                "leadsTo",
                        device.port() == null ? null : EnumWord.of(device.port().to()),
                "host", host(device.host()));
    }

    private static Map<String, Object> function(PciFunctionPlan function) {
        return map(
                "id", function.id(),
                "bdf", function.address(),
                "kind", function.kind().word(),
                "vendor", hex(PciFunctionPlan.VENDOR),
                "device", hex(function.deviceId()),
                "class", hex(function.type().pciClass()),
                "bars", function.bars().stream().map(GraphJson::bar).toList(),
                "intxGsi", function.intxGsi(),
                "msix",
                        map(
                                "vectors", function.msix().vectors(),
                                "firstGsi", function.msix().firstGsi()),
                "queues",
                        function.queues().stream()
                                .map(q -> map("name", q.name(), "size", q.size()))
                                .toList(),
                "placement", EnumWord.of(function.placement()),
                "policy", function.policy().isEmpty() ? null : function.policy(),
                "settings", settings(function.spec()),
                "host", host(function.host()));
    }

    private static Map<String, Object> bar(Bar bar) {
        return map("index", bar.index(), "address", hex(bar.address()), "size", bar.size());
    }

    private static Map<String, Object> process(ProcessPlan process) {
        return map(
                "kind", EnumWord.of(process.kind()),
                "name", process.name(),
                "devices", process.devices());
    }

    private static List<Map<String, Object>> host(List<HostResource> resources) {
        return resources.stream()
                .map(r -> map("kind", EnumWord.of(r.kind()), "name", r.name(), "access", r.access()))
                .toList();
    }

    /** What the spec says about a device, field by field. */
    private static Map<String, Object> settings(Object spec) {
        Map<String, Object> settings = new LinkedHashMap<>();
        for (RecordComponent component : spec.getClass().getRecordComponents()) {
            Object value;
            try {
                value = component.getAccessor().invoke(spec);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component, e);
            }
            if (value != null) {
                settings.put(component.getName(), plain(value));
            }
        }
        return settings;
    }

    private static Object plain(Object value) {
        if (value instanceof Enum<?> word) {
            return EnumWord.of(word);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(GraphJson::plain).toList();
        }
        boolean isGroup = value instanceof IoLimit
                || value instanceof Record && value.getClass().getSimpleName().endsWith("Spec");
        if (isGroup) {
            return settings(value);
        }
        return value instanceof Number || value instanceof Boolean ? value : value.toString();
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    /** Keys and values in turn; a key whose value is null is left out. */
    private static Map<String, Object> map(@Nullable Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            String key = String.valueOf(keysAndValues[i]);
            Optional.ofNullable(keysAndValues[i + 1]).ifPresent(value -> map.put(key, value));
        }
        return map;
    }
}
