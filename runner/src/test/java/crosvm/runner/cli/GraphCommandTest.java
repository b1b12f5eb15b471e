package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class GraphCommandTest {
    private static final String SPEC = """
            name: web
            kernel: vmlinuz
            disks: [{id: root, path: /r.img, root: true}, {id: data, path: /d.img, readOnly: false}]
            networks: [{id: lan, user: true}]
            """;

    @TempDir
    Path folder;

    private static String graph(String format) {
        Run run = Run.withInput(SPEC, "graph", "-", "--format", format);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out();
    }

    @Test
    void tellsEachDevicesSlotInterruptAndLock() {
        assertThat(graph("table"))
                .containsPattern("00:01.0 +root +blk +1af4:1042 +0=0xc0000000\\+32KiB +GSI 17 +24-25 +requestq:256")
                .containsPattern("data +file +/d.img +read, write, exclusive lock");
    }

    @Test
    void writesJsonWithTheSameFacts() {
        assertThat(graph("json"))
                .contains("\"bdf\": \"00:02.0\"", "\"commandLine\": \"console=ttyS0", "\"memory\": 268435456");
    }

    @Test
    void drawsAPictureInWhichEveryBoxHasItsPlaceAndNothingOverlapsItsText() throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        Document svg = factory.newDocumentBuilder()
                .parse(new ByteArrayInputStream(graph("svg").getBytes(StandardCharsets.UTF_8)));
        NodeList boxes = svg.getElementsByTagName("rect");
        double width = Double.parseDouble(svg.getDocumentElement().getAttribute("width"));
        int devices = 0;
        for (int i = 0; i < boxes.getLength(); i++) {
            Element box = (Element) boxes.item(i);
            if (box.getAttribute("class").equals("device")) {
                devices++;
                assertThat(Double.parseDouble(box.getAttribute("x")) + Double.parseDouble(box.getAttribute("width")))
                        .isLessThan(width);
                assertApart(box, boxes);
            }
        }
        assertThat(devices).as("root, data, rng, balloon, lan").isEqualTo(5);
        assertThat(svg.getElementsByTagName("image").getLength()
                        + svg.getElementsByTagName("script").getLength())
                .isZero();
    }

    @Test
    void explainsItsBoxesAndColoursTheLinesOfEachDevice() {
        String svg = graph("svg");
        assertThat(svg)
                .contains(
                        ">jailed process</text>",
                        ">virtio device</text>",
                        ">A line has the colour of its device.</text>")
                .doesNotContain(">external process</text>");
        Matcher lines = Pattern.compile(
                        "<path class=\"arrow\" stroke=\"(#[0-9a-f]{6})\" marker-end=\"url\\(#(head-[0-9a-f]+)\\)")
                .matcher(svg);
        java.util.Set<String> colours = new java.util.HashSet<>();
        while (lines.find()) {
            colours.add(lines.group(1));
            assertThat(svg).contains("<marker id=\"" + lines.group(2) + "\"");
        }
        assertThat(colours).as("five devices, and grey").hasSize(6);
    }

    @Test
    void showsAPolicyOnlyWhereOneIsInForce() {
        assertThat(graph("table")).contains("rng_device.policy", "policies: built-in");
        Run off = Run.withInput(SPEC, "graph", "-", "--sandbox=false");
        assertThat(off.out()).doesNotContain(".policy", "policies:", "forbidden system call");
        Run thread = Run.withInput(SPEC + "sandbox: {devices: {rng: thread}}\n", "graph", "-", "--format", "json");
        assertThat(thread.out()).contains("block_device.policy").doesNotContain("rng_device.policy");
    }

    /** No two boxes without boxes inside share a place. */
    private static void assertApart(Element box, NodeList boxes) {
        for (int i = 0; i < boxes.getLength(); i++) {
            Element other = (Element) boxes.item(i);
            if (other != box && other.getAttribute("class").matches("device|not-built|guest|bus|platform|resource")) {
                boolean besides = end(box, "x", "width") <= at(other, "x") || end(other, "x", "width") <= at(box, "x");
                boolean above = end(box, "y", "height") <= at(other, "y") || end(other, "y", "height") <= at(box, "y");
                assertThat(besides || above).isTrue();
            }
        }
    }

    private static double at(Element box, String side) {
        return Double.parseDouble(box.getAttribute(side));
    }

    private static double end(Element box, String side, String length) {
        return at(box, side) + at(box, length);
    }

    @Test
    void writesDotInWhichEveryArrowLeadsBetweenBoxesThatAreThere() {
        String dot = graph("dot");
        Matcher arrows = Pattern.compile("\"(.*)\" -> \"(.*)\";").matcher(dot);
        int count = 0;
        while (arrows.find()) {
            count++;
            assertThat(dot).contains("\"" + arrows.group(1) + "\" [label=", "\"" + arrows.group(2) + "\" [label=");
        }
        assertThat(count).isGreaterThan(10);
    }

    @Test
    void showsWhatDiffersAndNothingElse() throws IOException {
        Path before = Files.writeString(folder.resolve("a.yaml"), SPEC);
        Path after = Files.writeString(
                folder.resolve("b.yaml"),
                SPEC.replace("networks: [{id: lan, user: true}]", "cpus: 2")
                        .replace("{id: root", "{id: extra, path: /e}, {id: root"));
        Run same = Run.of("graph", before.toString(), before.toString());
        assertThat(same.out()).isEmpty();
        assertThat(same.status()).isZero();
        Run differs = Run.of("graph", before.toString(), after.toString());
        assertThat(differs.status()).isEqualTo(1);
        assertThat(differs.out())
                .containsPattern("(?m)^~ +vcpus +1 -> 2$")
                .containsPattern("(?m)^~ +pci\\[root] .*bdf 00:01.0 -> 00:02.0")
                .containsPattern("(?m)^\\+ +pci\\[extra] +id extra, ")
                .containsPattern("(?m)^- +pci\\[lan] +id lan, ")
                .doesNotContain("memory", "id root");
        assertThat(differs.out().lines().filter(line -> line.contains("pci[extra]")))
                .as("one change, one line")
                .hasSize(1);
    }

    @Test
    void comparesAsJsonAndRefusesWhatItCannotShow() throws IOException {
        Path before = Files.writeString(folder.resolve("a.yaml"), SPEC);
        Path after = Files.writeString(folder.resolve("b.yaml"), SPEC + "cpus: 2\n");

        Run json = Run.of("graph", before.toString(), after.toString(), "--format", "json");
        assertThat(json.status()).isEqualTo(1);
        assertThat(json.out()).contains("\"change\": \"changed\"", "\"path\": \"vcpus\"");
        assertThat(Run.of("graph", before.toString(), before.toString(), "--format", "json")
                        .out())
                .isEqualTo("[]\n");
        assertThat(Run.of("graph", before.toString(), after.toString(), "--format", "svg")
                        .err())
                .contains("compared as a table or as JSON, not as svg");
        assertThat(Run.of("graph", before.toString(), after.toString(), "--security")
                        .err())
                .contains("leave out the second spec");
        assertThat(Run.of("graph", before.toString(), after.toString(), "--security")
                        .status())
                .as("wrong usage")
                .isEqualTo(2);
        assertThat(Run.of("graph", before.toString(), "--security", "--format", "svg")
                        .err())
                .contains("leave out --format svg");
    }

    @Test
    void tellsProgramsOfJailsToo() throws Exception {
        Run run = Run.withInput("kernel: {builtin: hello}\n", "graph", "-", "--security", "--format", "json");
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("\"process\": \"vmm\"", "\"kind\": \"main\"", "\"kind\": \"jail\"")
                .containsPattern("\"may call\": \\[[^\\]]*\"read\",")
                .doesNotContain("\"\": ");
    }
}
