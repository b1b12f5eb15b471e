package crosvm.runner.report;

import crosvm.runner.report.Picture.Box;
import crosvm.runner.report.PictureLayout.Frame;
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
                .arrow { fill: none; stroke-width: 1.6; }
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
    private static final int HEADING = 62;
    private static final int SWATCH = 14;

    private static final List<Map.Entry<Picture.Style, String>> LEGEND = List.of(
            Map.entry(Picture.Style.GUEST, "guest"),
            Map.entry(Picture.Style.MAIN, "main process"),
            Map.entry(Picture.Style.JAIL, "jailed process"),
            Map.entry(Picture.Style.FOREIGN, "external process"),
            Map.entry(Picture.Style.PLATFORM, "PC device"),
            Map.entry(Picture.Style.DEVICE, "virtio device"),
            Map.entry(Picture.Style.RESOURCE, "resource of the host"));
    private static final String LINES = "A line has the colour of its device.";

    /** Grey for what belongs to no device, then colours that differ in brightness too and show on white and on black. */
    private static final List<String> COLOURS =
            List.of("#7b8896", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#7a5cd6", "#56b4e9", "#a0522d");

    private final Picture picture;
    private final PictureLayout layout;
    private final StringBuilder out = new StringBuilder();

    private GraphSvg(Picture picture) {
        this.picture = picture;
        this.layout = PictureLayout.of(picture);
    }

    /** The whole document. */
    public static String of(DeviceGraph graph) {
        return of(GraphPicture.of(graph));
    }

    static String of(Picture picture) {
        return new GraphSvg(picture).text();
    }

    private String text() {
        String width = number(Math.max(layout.width(), legendWidth()) + 2 * MARGIN);
        String height = number(layout.height() + 2 * MARGIN + HEADING);
        out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height
                + "\" viewBox=\"0 0 " + width + " " + height + "\" role=\"img\">\n");
        out.append("  <title>Machine " + escape(picture.title()) + "</title>\n").append(STYLE);
        out.append("  <defs>");
        COLOURS.forEach(this::head);
        out.append("</defs>\n");
        out.append("  <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
        text(MARGIN, MARGIN + 12, "heading", "Machine " + picture.title());
        legend();
        out.append("  <g transform=\"translate(" + MARGIN + " " + (MARGIN + HEADING) + ")\">\n");
        // Boxes come after the boxes they are in, so that none is hidden; arrows above the frames, below the texts'
        // boxes.
        picture.boxes().stream().filter(picture::isContainer).forEach(this::box);
        layout.routes().forEach(this::arrow);
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

    /** A line has its device's colour, from the bus to what the device takes of the host; others are grey. */
    private String colour(PictureLayout.Route route) {
        List<String> devices = picture.boxes().stream()
                .filter(box -> box.style() == Picture.Style.DEVICE)
                .map(Box::id)
                .toList();
        int device = Math.max(
                devices.indexOf(route.arrow().from()),
                devices.indexOf(route.arrow().to()));
        return device < 0 ? COLOURS.get(0) : COLOURS.get(1 + device % (COLOURS.size() - 1));
    }

    private void arrow(PictureLayout.Route route) {
        String colour = colour(route);
        String path = route.corners().stream()
                .map(p -> number(p.x()) + " " + number(p.y()))
                .collect(Collectors.joining(" L"));
        out.append("  <path class=\"arrow\" stroke=\"" + colour + "\" marker-end=\"url(#" + headOf(colour) + ")\" d=\"M"
                + path + "\"/>\n");
    }

    private void head(String colour) {
        out.append("<marker id=\"" + headOf(colour) + "\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\""
                + " markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\"><path fill=\"" + colour
                + "\" d=\"M0 0 8 4 0 8z\"/></marker>");
    }

    private static String headOf(String colour) {
        return "head-" + colour.substring(1);
    }

    /** What the boxes that occur mean, in one row. */
    private void legend() {
        double x = MARGIN;
        double y = MARGIN + 28;
        for (Map.Entry<Picture.Style, String> entry : legendEntries()) {
            out.append("  <rect class=\"swatch " + EnumWord.of(entry.getKey()) + "\" x=\"" + number(x) + "\" y=\""
                    + number(y) + "\" width=\"" + SWATCH + "\" height=\"" + SWATCH + "\" rx=\"3\"/>\n");
            text(x + SWATCH + 6, y + 11, "", entry.getValue());
            x += legendWidth(entry.getValue());
        }
        text(x, y + 11, "", LINES);
    }

    private List<Map.Entry<Picture.Style, String>> legendEntries() {
        return LEGEND.stream()
                .filter(entry -> picture.boxes().stream().anyMatch(box -> box.style() == entry.getKey()))
                .toList();
    }

    private static double legendWidth(String text) {
        return SWATCH + 6 + PictureLayout.CHARACTER * text.length() + 18;
    }

    private double legendWidth() {
        return legendEntries().stream()
                        .mapToDouble(entry -> legendWidth(entry.getValue()))
                        .sum()
                + PictureLayout.CHARACTER * LINES.length();
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
