package crosvm.schema.model;

import crosvm.schema.model.Constraint.Size;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a file of several machines. What a machine can say in it are the fields of {@link SpecModel#root()} without the
 * name, which is its key, and those of {@link MemberSpec}.
 */
public final class FleetModel {
    /** The most machines that a file may have, replicas included. */
    public static final int MAX_MACHINES = 1000;

    /** The most networks that a file may have. */
    public static final int MAX_NETWORKS = 100;

    /** What begins a key at the top that means nothing to crosvm: a place for anchors. */
    public static final String EXTENSION = "x-";

    private static final RecordAccess NONE = new RecordAccess() {
        @Override
        public Object create(int record, @Nullable Object[] values) {
            throw new IllegalStateException("a fleet is not a record");
        }

        @Override
        public Object read(int field, Object owner) {
            throw new IllegalStateException("a fleet is not a record");
        }
    };

    private static final RecordInfo MACHINE = machine();
    private static final RecordInfo FILE = file();

    private FleetModel() {}

    /** The file. */
    public static RecordInfo root() {
        return FILE;
    }

    /** One machine in it, and what all have in common. */
    public static RecordInfo machineInFleet() {
        return MACHINE;
    }

    private static RecordInfo machine() {
        List<FieldInfo> fields = new ArrayList<>(SpecModel.root().fields());
        fields.removeIf(field -> field.name().equals("name"));
        fields.addAll(SpecModel.member().fields());
        return new RecordInfo(MemberSpec.class, List.copyOf(fields), null, null, -1, NONE);
    }

    private static RecordInfo file() {
        FieldType text = new FieldType.Scalar(ScalarKind.TEXT, String.class, List.of());
        FieldType machine = new FieldType.Group(MACHINE, List.of());
        FieldType network = new FieldType.Group(SpecModel.network(), List.of());
        List<Constraint> some = List.of(new Size(1, MAX_MACHINES));
        FieldInfo name = SpecModel.root().fields().get(0);
        return new RecordInfo(
                FleetModel.class,
                List.of(
                        field(
                                "name",
                                new FieldType.Scalar(
                                        ScalarKind.TEXT,
                                        String.class,
                                        name.type().constraints()),
                                "The fleet's name, with which the names of its machines begin: shop-web.",
                                "shop",
                                "the name of the file's folder"),
                        field(
                                "include",
                                new FieldType.Items(text, List.of(new Size(0, 100))),
                                "Other files of machines, or of one machine, that belong to this one. What this file says counts"
                                        + " over them.",
                                "[common.yaml]",
                                ""),
                        field(
                                "defaults",
                                machine,
                                "What holds for every machine of the file that does not say otherwise.",
                                "{memory: 512MiB}",
                                ""),
                        field(
                                "networks",
                                new FieldType.Entries(network, List.of(new Size(0, MAX_NETWORKS))),
                                "The networks between the machines by their names. A machine is on one with networks: [{network:"
                                        + " NAME}].",
                                "{lan: {subnet: 10.1.0.0/24}}",
                                ""),
                        field(
                                "machines",
                                new FieldType.Entries(machine, some),
                                "The machines by their names, each with the fields of a machine.",
                                "{web: {kernel: {builtin: hello}}}",
                                "")),
                null,
                null,
                -1,
                NONE);
    }

    private static FieldInfo field(String name, FieldType type, String value, String example, String derived) {
        FieldDoc doc = new FieldDoc(value, example, "", derived, "", "", true, "", false, false);
        return new FieldInfo(name, name, type, true, doc, null, -1, NONE);
    }
}
