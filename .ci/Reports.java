import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Reads the test reports of Maven and of JUnit's console launcher; run as {@code java .ci/Reports.java}.
 *
 * <p>{@code failed DIR} prints the unique ID of each test that failed there. {@code summary FOLDER} reads every report below
 * FOLDER's {@code target} folders and prints what failed, what was skipped, what passed only when it was tried again, and as
 * the last line "N passed, N failed, N skipped, N again"; how often the lab's classes were tried again stands before it.
 *
 * <p>A test that ran in {@code DIR} and once more in {@code DIR-again-N} counts once, with its last result. Maven notes the
 * tries of a test in one report (flakyFailure, rerunFailure).
 */
final class Reports {

  private static final Pattern AGAIN = Pattern.compile("(.*)-again-(\\d+)");
  private static final Pattern UNIQUE_ID = Pattern.compile("^unique-id: (.*)$", Pattern.MULTILINE);

  /** One test's result; {@code flake}: why it failed at first when it passed as Maven tried it again; null where not. */
  private record Result(String name, String id, String failure, boolean skipped, String flake) {
    boolean failed() {
      return failure != null;
    }
  }

  private Reports() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2) {
      System.err.println("usage: java .ci/Reports.java failed DIR | summary FOLDER");
      System.exit(2);
    }
    Path folder = Path.of(arguments[1]);
    if (arguments[0].equals("failed")) {
      for (Path report : reports(folder)) {
        read(report).stream().filter(Result::failed).map(Result::id).forEach(System.out::println);
      }
    } else {
      summary(folder);
    }
  }

  private static void summary(Path folder) throws Exception {
    // By folder (without "-again-N") and test: the results of its tries, the latest last.
    Map<String, List<Result>> tests = new LinkedHashMap<>();
    Map<String, Integer> tries = new LinkedHashMap<>();
    for (Path report : reports(folder)) {
      String first = firstTry(report);
      tries.merge(first, tryOf(report), Math::max);
      for (Result result : read(report)) {
        tests.computeIfAbsent(first + "\n" + result.id(), key -> new ArrayList<>()).add(result);
      }
    }
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    int again = 0;
    for (Map.Entry<String, List<Result>> test : tests.entrySet()) {
      String place = folder.relativize(Path.of(test.getKey().substring(0, test.getKey().indexOf('\n')))).toString();
      List<Result> results = test.getValue();
      Result last = results.get(results.size() - 1);
      if (last.failed()) {
        failed++;
        System.out.println("FAILED in " + place + ": " + last.name() + ": " + last.failure());
      } else if (last.skipped()) {
        skipped++;
        System.out.println("skipped in " + place + ": " + last.name());
      } else {
        passed++;
        if (results.get(0).failed() || last.flake() != null) {
          again++;
          String why = results.get(0).failed() ? results.get(0).failure() : last.flake();
          System.out.println("passed when tried again, in " + place + ": " + last.name() + ": " + why);
        }
      }
    }
    long lab = tries.keySet().stream().filter(Reports::isLab).count();
    long labAgain = tries.entrySet().stream().filter(e -> isLab(e.getKey()) && e.getValue() > 1).count();
    System.out.println("lab: " + labAgain + " of " + lab + " classes were tried again");
    System.out.println(passed + " passed, " + failed + " failed, " + skipped + " skipped, " + again + " again");
  }

  private static boolean isLab(String place) {
    return Path.of(place).getFileName().toString().startsWith("lab-");
  }

  /** The folder of a report, without "-again-N". */
  private static String firstTry(Path report) {
    Matcher again = AGAIN.matcher(report.getParent().toString());
    return again.matches() ? again.group(1) : report.getParent().toString();
  }

  /** 1 for a report in a folder without "-again-N". */
  private static int tryOf(Path report) {
    Matcher again = AGAIN.matcher(report.getParent().toString());
    return again.matches() ? Integer.parseInt(again.group(2)) : 1;
  }

  /** The reports below a folder, a folder's before those of "-again-2", those before "-again-3". */
  private static List<Path> reports(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("TEST-.*[.]xml"))
          .filter(file -> !file.toString().contains("/src/"))
          .sorted(Comparator.comparing(Reports::firstTry).thenComparing(Reports::tryOf).thenComparing(Path::toString))
          .toList();
    }
  }

  private static List<Result> read(Path report) throws Exception {
    List<Result> results = new ArrayList<>();
    Element suite = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile()).getDocumentElement();
    for (Element test : children(suite, "testcase")) {
      String type = test.getAttribute("classname");
      String name = type.substring(type.lastIndexOf('.') + 1) + "." + test.getAttribute("name");
      String id = type + "." + test.getAttribute("name");
      for (Element output : children(test, "system-out")) {
        Matcher unique = UNIQUE_ID.matcher(output.getTextContent());
        id = unique.find() ? unique.group(1).strip() : id;
      }
      Element failure = first(test, "failure", "error");
      Element flake = first(test, "flakyFailure", "flakyError");
      results.add(new Result(name, id, words(failure), first(test, "skipped") != null, words(flake)));
    }
    return results;
  }

  private static String words(Element failure) {
    if (failure == null) {
      return null;
    }
    String message = failure.getAttribute("message");
    String text = (message.isBlank() ? failure.getTextContent() : message).strip().replaceAll("\\s*\\n\\s*", " | ");
    return text.length() > 600 ? text.substring(0, 600) + "…" : text;
  }

  private static Element first(Element parent, String... names) {
    for (String name : names) {
      List<Element> found = children(parent, name);
      if (!found.isEmpty()) {
        return found.get(0);
      }
    }
    return null;
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element && ((Element) node).getTagName().equals(name)) {
        found.add((Element) node);
      }
    }
    return found;
  }
}
