package crosvm.runner.report;

import crosvm.runner.report.Picture.Arrow;
import crosvm.runner.report.Picture.Box;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.elk.alg.layered.options.LayeredOptions;
import org.eclipse.elk.alg.layered.options.NodePlacementStrategy;
import org.eclipse.elk.core.RecursiveGraphLayoutEngine;
import org.eclipse.elk.core.data.LayoutMetaDataService;
import org.eclipse.elk.core.math.ElkPadding;
import org.eclipse.elk.core.math.KVector;
import org.eclipse.elk.core.options.CoreOptions;
import org.eclipse.elk.core.options.Direction;
import org.eclipse.elk.core.options.EdgeRouting;
import org.eclipse.elk.core.options.HierarchyHandling;
import org.eclipse.elk.core.options.SizeConstraint;
import org.eclipse.elk.core.util.BasicProgressMonitor;
import org.eclipse.elk.graph.ElkEdge;
import org.eclipse.elk.graph.ElkEdgeSection;
import org.eclipse.elk.graph.ElkNode;
import org.eclipse.elk.graph.util.ElkGraphUtil;

/**
 * Gives the boxes and arrows of a picture their places, by the layered algorithm of the Eclipse Layout Kernel: from the
 * guest at the left to the host at the right, arrows at right angles.
 *
 * @param width of the whole, in pixels
 * @param height of the whole, in pixels
 * @param frames the boxes' places by their ids
 * @param routes where the arrows run
 */
record PictureLayout(double width, double height, Map<String, Frame> frames, List<Route> routes) {
    /** From a box's edge to its text, in pixels. */
    static final double PADDING = 9;

    /** From one line of text to the next, in pixels. */
    static final double LINE = 16;

    /** What a character of the 12-pixel monospace font takes, in pixels; a little more than any usual one. */
    static final double CHARACTER = 7.4;

    private static final double GAP = 18;

    /** A rectangle; x and y are its upper left corner. */
    record Frame(double x, double y, double width, double height) {}

    /** An arrow and its corners. */
    record Route(Arrow arrow, List<Point> corners) {
        Route {
            corners = List.copyOf(corners);
        }
    }

    /** A place. */
    record Point(double x, double y) {}

    static PictureLayout of(Picture picture) {
        LayoutMetaDataService.getInstance().registerLayoutMetaDataProviders(new LayeredOptions(), new CoreOptions());
        ElkNode root = ElkGraphUtil.createGraph();
        configure(root);
        Map<String, ElkNode> nodes = new LinkedHashMap<>();
        for (Box box : picture.boxes()) {
            ElkNode parent = box.parent().isEmpty() ? root : nodes.get(box.parent());
            ElkNode node = ElkGraphUtil.createNode(parent);
            if (picture.isContainer(box)) {
                configure(node);
                node.setProperty(CoreOptions.PADDING, new ElkPadding(PADDING + LINE + 10, 14, 14, 14));
                // Its title may be wider than what is in it.
                node.setProperty(CoreOptions.NODE_SIZE_CONSTRAINTS, EnumSet.of(SizeConstraint.MINIMUM_SIZE));
                node.setProperty(CoreOptions.NODE_SIZE_MINIMUM, new KVector(width(box), 0));
            } else {
                node.setDimensions(
                        width(box), 2 * PADDING + LINE * (1 + box.lines().size()) - 3);
            }
            nodes.put(box.id(), node);
        }
        Map<Arrow, ElkEdge> edges = new LinkedHashMap<>();
        for (Arrow arrow : picture.arrows()) {
            edges.put(arrow, ElkGraphUtil.createSimpleEdge(nodes.get(arrow.from()), nodes.get(arrow.to())));
        }
        new RecursiveGraphLayoutEngine().layout(root, new BasicProgressMonitor());
        Map<String, Frame> frames = new LinkedHashMap<>();
        nodes.forEach((id, node) -> {
            Point origin = origin(node.getParent());
            frames.put(
                    id,
                    new Frame(origin.x() + node.getX(), origin.y() + node.getY(), node.getWidth(), node.getHeight()));
        });
        List<Route> routes = new ArrayList<>();
        edges.forEach((arrow, edge) -> corners(edge).forEach(corners -> routes.add(new Route(arrow, corners))));
        return new PictureLayout(root.getWidth(), root.getHeight(), frames, routes);
    }

    private static void configure(ElkNode node) {
        node.setProperty(CoreOptions.ALGORITHM, LayeredOptions.ALGORITHM_ID);
        node.setProperty(CoreOptions.DIRECTION, Direction.RIGHT);
        node.setProperty(CoreOptions.EDGE_ROUTING, EdgeRouting.ORTHOGONAL);
        node.setProperty(CoreOptions.HIERARCHY_HANDLING, HierarchyHandling.INCLUDE_CHILDREN);
        node.setProperty(CoreOptions.SPACING_NODE_NODE, GAP);
        node.setProperty(LayeredOptions.SPACING_NODE_NODE_BETWEEN_LAYERS, 3 * GAP);
        node.setProperty(LayeredOptions.SPACING_EDGE_NODE_BETWEEN_LAYERS, GAP);
        node.setProperty(CoreOptions.RANDOM_SEED, 1);
        // The default strategy hangs a short column from the end of a long one and leaves a corner of the picture
        // empty.
        node.setProperty(LayeredOptions.NODE_PLACEMENT_STRATEGY, NodePlacementStrategy.LINEAR_SEGMENTS);
    }

    private static double width(Box box) {
        int longest = Stream.concat(Stream.of(box.title()), box.lines().stream())
                .mapToInt(line -> line.codePointCount(0, line.length()))
                .max()
                .orElse(0);
        return 2 * PADDING + CHARACTER * longest;
    }

    private static Stream<List<Point>> corners(ElkEdge edge) {
        Point origin = origin(edge.getContainingNode());
        return edge.getSections().stream().map(section -> corners(section, origin));
    }

    private static List<Point> corners(ElkEdgeSection section, Point origin) {
        List<Point> points = new ArrayList<>();
        points.add(new Point(origin.x() + section.getStartX(), origin.y() + section.getStartY()));
        section.getBendPoints()
                .forEach(bend -> points.add(new Point(origin.x() + bend.getX(), origin.y() + bend.getY())));
        points.add(new Point(origin.x() + section.getEndX(), origin.y() + section.getEndY()));
        return points;
    }

    /** A node's upper left corner in the whole picture. */
    private static Point origin(ElkNode node) {
        double x = 0;
        double y = 0;
        for (ElkNode at = node; at != null && at.getParent() != null; at = at.getParent()) {
            x += at.getX();
            y += at.getY();
        }
        return new Point(x, y);
    }
}
