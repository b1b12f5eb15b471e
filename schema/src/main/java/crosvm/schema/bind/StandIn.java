package crosvm.schema.bind;

import crosvm.schema.model.Cores;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.FilledText;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.PortForward;
import crosvm.schema.model.TimeSpan;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Harmless values for fields that could not be read, so that the rest of the spec can still be checked. */
final class StandIn {
    private StandIn() {}

    static Object of(FieldType type) {
        if (type instanceof FieldType.Items) {
            return List.of();
        }
        if (type instanceof FieldType.Entries) {
            return Map.of();
        }
        FieldType.Scalar scalar = (FieldType.Scalar) type;
        return switch (scalar.kind()) {
            case TEXT -> scalar.javaType() == FilledText.class ? FilledText.of("") : "";
            case INTEGER -> {
                if (scalar.javaType() != long.class && scalar.javaType() != Long.class) {
                    yield (Object) 1;
                }
                yield 1L;
            }
            case BOOLEAN -> false;
            case SIZE -> MemorySize.ofMib(256);
            case PATH -> Path.of("/");
            case WORD -> scalar.javaType().getEnumConstants()[0];
            case WRITES -> DiskWrites.KEEP;
            case MAC -> new MacAddress(0);
            case IPV4 -> new Ipv4Address(0);
            case CORES -> new Cores(1);
            case TIME -> new TimeSpan(1);
            case FORWARD -> new PortForward(1, 1);
        };
    }
}
