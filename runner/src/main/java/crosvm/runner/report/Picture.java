package crosvm.runner.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Boxes, boxes inside boxes, and arrows: what there is to draw of a device graph, without places. DOT and SVG are both
 * made of it. Used by one thread.
 */
final class Picture {
    private final String title;
    private final List<Box> boxes = new ArrayList<>();
    private final Set<Arrow> arrows = new LinkedHashSet<>();

    Picture(String title) {
        this.title = title;
    }

    /**
     * A box.
     *
     * @param id unique
     * @param parent the id of the box it is in; empty: in none
     * @param style what it looks like
     * @param title its first line
     * @param lines what else it says; none in a box with boxes inside
     */
    record Box(String id, String parent, Style style, String title, List<String> lines) {
        Box {
            lines = List.copyOf(lines);
        }
    }

    /** What a box stands for. */
    enum Style {
        /** The main process. */
        MAIN,
        /** A jailed process. */
        JAIL,
        /** Somebody else's process. */
        FOREIGN,
        /** The host's things together. */
        HOST,
        /** The guest itself. */
        GUEST,
        /** The PCI bus. */
        BUS,
        /** A device of the PC platform. */
        PLATFORM,
        /** A virtio device. */
        DEVICE,
        /** Something of the host. */
        RESOURCE
    }

    /**
     * An arrow between two boxes.
     *
     * @param from id of a box
     * @param to id of a box
     */
    record Arrow(String from, String to) {}

    String title() {
        return title;
    }

    List<Box> boxes() {
        return boxes;
    }

    Set<Arrow> arrows() {
        return arrows;
    }

    /** Adds a box, unless there is one of this id. */
    void box(String id, String parent, Style style, String title, List<String> lines) {
        if (boxes.stream().noneMatch(box -> box.id().equals(id))) {
            boxes.add(new Box(id, parent, style, title, lines));
        }
    }

    void arrow(String from, String to) {
        arrows.add(new Arrow(from, to));
    }

    boolean isContainer(Box box) {
        return boxes.stream().anyMatch(inner -> inner.parent().equals(box.id()));
    }
}
