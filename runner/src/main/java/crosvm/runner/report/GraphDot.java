package crosvm.runner.report;

import crosvm.runner.report.Picture.Box;
import crosvm.vmm.graph.DeviceGraph;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A device graph in DOT, the language of Graphviz. */
public final class GraphDot {
    private final Picture picture;
    private final StringBuilder out = new StringBuilder();

    private GraphDot(Picture picture) {
        this.picture = picture;
    }

    /** The whole text, ending with a line feed. */
    public static String of(DeviceGraph graph) {
        return of(GraphPicture.of(graph));
    }

    static String of(Picture picture) {
        return new GraphDot(picture).text();
    }

    private String text() {
        out.append("digraph ").append(quote(picture.title())).append(" {\n");
        out.append("  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\", fontsize=10];\n");
        boxes("", "  ");
        picture.arrows()
                .forEach(arrow -> out.append("  ")
                        .append(quote(arrow.from()))
                        .append(" -> ")
                        .append(quote(arrow.to()))
                        .append(";\n"));
        return out.append("}\n").toString();
    }

    private void boxes(String parent, String indent) {
        for (Box box : picture.boxes()) {
            if (!box.parent().equals(parent)) {
                continue;
            }
            if (picture.isContainer(box)) {
                out.append(indent)
                        .append("subgraph ")
                        .append(quote("cluster " + box.id()))
                        .append(" {\n");
                out.append(indent).append("  label=").append(quote(box.title())).append(";\n");
                boxes(box.id(), indent + "  ");
                out.append(indent).append("}\n");
            } else {
                String label = Stream.concat(Stream.of(box.title()), box.lines().stream())
                        .collect(Collectors.joining("\n"));
                out.append(indent)
                        .append(quote(box.id()))
                        .append(" [label=")
                        .append(quote(label))
                        .append("];\n");
            }
        }
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
