package crosvm.runner.report;

import crosvm.runner.report.Picture.Box;
import crosvm.runner.report.PictureLayout.Frame;
import crosvm.runner.report.PictureLayout.Point;
import crosvm.schema.model.EnumWord;
import crosvm.vmm.graph.DeviceGraph;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A device graph as an SVG picture that needs nothing beside it: no font, no script, no style sheet. */
public final class GraphSvg {
    private static final String STYLE = """
              <style>
                text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #2b3440; }
                .title { font-weight: 600; }
                .heading { font-size: 15px; font-weight: 600; }
                .ground { fill: #ffffff; }
                rect { stroke-width: 1.2; }
                .main { fill: #f3f7fc; stroke: #9db8d9; }
                .jail { fill: #fff6ea; stroke: #e0a458; stroke-width: 2; }
                .foreign { fill: #f6f1fb; stroke: #a98bd0; }
                .host { fill: #f3f5f3; stroke: #a9b5a9; }
                .guest { fill: #d9e8fb; stroke: #4a7ebb; }
                .bus { fill: #e3e9f2; stroke: #6b7f99; }
                .platform { fill: #eceff3; stroke: #8996a5; }
                .device { fill: #d8f0e2; stroke: #3f9a68; }
                .not-built { fill: #ffffff; stroke: #9aa3ad; stroke-dasharray: 5 4; }
                .resource { fill: #ffffff; stroke: #7d8f7d; }
                .arrow { fill: none; stroke: #7b8896; stroke-width: 1.3; }
                .head { fill: #7b8896; }
                @media (prefers-color-scheme: dark) {
                  text { fill: #dfe6ee; }
                  .ground { fill: #14181d; }
                  .main { fill: #1b2430; } .jail { fill: #2e2415; } .foreign { fill: #261f30; } .host { fill: #1c211c; }
                  .guest { fill: #1f3a5c; } .bus { fill: #2a3442; } .platform { fill: #262c34; } .device { fill: #1d4030; }
                  .not-built, .resource { fill: #14181d; }
                }
              </style>
            """;
    private static final int MARGIN = 16;
    private static final int HEADING = 34;

    private final Picture picture;
    private final PictureLayout layout;
    private final StringBuilder out = new StringBuilder();

    private GraphSvg(Picture picture) {
        this.picture = picture;
        this.layout = PictureLayout.of(picture);
    }

    /** The whole document. */
    public static String of(DeviceGraph graph) {
        return new GraphSvg(GraphPicture.of(graph)).text();
    }

    private String text() {
        String width = number(layout.width() + 2 * MARGIN);
        String height = number(layout.height() + 2 * MARGIN + HEADING);
        out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height
                + "\" viewBox=\"0 0 " + width + " " + height + "\" role=\"img\">\n");
        out.append("  <title>Machine " + escape(picture.title()) + "</title>\n").append(STYLE);
        out.append(
                "  <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\""
                        + " orient=\"auto\"><path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n");
        out.append("  <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
        text(MARGIN, MARGIN + 12, "heading", "Machine " + picture.title());
        out.append("  <g transform=\"translate(" + MARGIN + " " + (MARGIN + HEADING) + ")\">\n");
        // Boxes come after the boxes they are in, so that none is hidden; arrows above the frames, below the texts'
        // boxes.
        picture.boxes().stream().filter(picture::isContainer).forEach(this::box);
        layout.arrows().forEach(this::arrow);
        picture.boxes().stream().filter(box -> !picture.isContainer(box)).forEach(this::box);
        return out.append("  </g>\n</svg>\n").toString();
    }

    private void box(Box box) {
        Map<String, Frame> frames = layout.frames();
        Frame frame = frames.get(box.id());
        if (frame == null) {
            throw new IllegalStateException("no place for " + box.id());
        }
        String style = EnumWord.of(box.style());
        out.append("  <rect class=\"" + style + "\" x=\"" + number(frame.x()) + "\" y=\"" + number(frame.y())
                + "\" width=\"" + number(frame.width()) + "\" height=\"" + number(frame.height()) + "\" rx=\"7\"/>\n");
        double y = frame.y() + PictureLayout.PADDING + PictureLayout.LINE * 0.75;
        text(frame.x() + PictureLayout.PADDING, y, "title", box.title());
        for (String line : box.lines()) {
            y += PictureLayout.LINE;
            text(frame.x() + PictureLayout.PADDING, y, "", line);
        }
    }

    private void arrow(List<Point> points) {
        String path =
                points.stream().map(p -> number(p.x()) + " " + number(p.y())).collect(Collectors.joining(" L"));
        out.append("  <path class=\"arrow\" marker-end=\"url(#head)\" d=\"M" + path + "\"/>\n");
    }

    private void text(double x, double y, String style, String text) {
        String attribute = style.isEmpty() ? "" : " class=\"" + style + "\"";
        out.append("  <text" + attribute + " x=\"" + number(x) + "\" y=\"" + number(y) + "\">" + escape(text)
                + "</text>\n");
    }

    /** Whole or with one decimal, whatever the locale. */
    private static String number(double value) {
        long tenths = Math.round(value * 10);
        return tenths % 10 == 0 ? String.valueOf(tenths / 10) : tenths / 10 + "." + Math.abs(tenths % 10);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
