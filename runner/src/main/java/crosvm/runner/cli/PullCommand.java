package crosvm.runner.cli;

import crosvm.runner.report.ExitStatus;
import crosvm.schema.model.ImageSource;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.SpecException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code crosvm pull}: downloads the images that specs name by URL. */
final class PullCommand implements Command {
    private final SpecSource source = new SpecSource();

    @Override
    public String name() {
        return "pull";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.usageMessage()
                .description(
                        "Download the images that specs name by URL: those that are not in the cache yet, several at once."
                                + " up does so by itself; this does it beforehand.",
                        "",
                        "A download that broke off is continued where it stopped. It is used only once its SHA-256 is the one"
                                + " in the spec, and then unpacked: .xz, .gz, .zst, and a tar file with one image in it.",
                        "",
                        "Proxies are taken from http_proxy, https_proxy, all_proxy and no_proxy. The cache is"
                                + " $XDG_CACHE_HOME/crosvm/images, else ~/.cache/crosvm/images.")
                .footer("", "Examples:", "  crosvm pull", "  crosvm pull web.yaml machines/");
        source.addSeveralTo(spec);
    }

    @Override
    public SpecFlags flags() {
        return source.flags();
    }

    @Override
    public ExitStatus run(ParseResult arguments, Streams streams) {
        List<ImageSource> sources = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (SpecGroup group : SpecSource.groups(arguments, streams)) {
            LoadedGroup loaded = source.load(group, arguments, streams);
            try {
                loaded.machines()
                        .forEach(machine -> sources.addAll(
                                LoadedGroup.spec(machine).sources().values()));
            } catch (SpecException e) {
                problems.addAll(e.problems());
            }
        }
        if (!problems.isEmpty()) {
            throw new SpecException(problems); // All at once, and nothing is pulled.
        }
        int pulled = new SpecImages(streams).pull(sources).size();
        long images = sources.stream().map(ImageSource::cacheName).distinct().count();
        streams.out().println(count(images) + " in the specs, " + pulled + " pulled");
        return ExitStatus.OK;
    }

    private static String count(long images) {
        return images == 1 ? "1 image by URL" : images + " images by URL";
    }
}
