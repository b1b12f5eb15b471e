package crosvm.runner.cli;

import crosvm.runner.bootentry.LocalSpec;
import crosvm.runner.image.ImageCache;
import crosvm.runner.image.ImagePulls;
import crosvm.runner.instance.Finding;
import crosvm.runner.report.Progress;
import crosvm.schema.model.ImageSource;
import crosvm.schema.model.VmSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The images that specs name by URL: pulled when they are missing, with a line on the terminal meanwhile. Used by one thread. */
final class SpecImages {
    private final Streams streams;
    private final ImageCache cache;

    SpecImages(Streams streams) {
        this.streams = streams;
        this.cache = ImageCache.of(streams.environment());
    }

    /** Pulls what the machine lacks. */
    void pull(VmSpec spec) {
        pull(spec.sources().values());
    }

    /**
     * Pulls what is missing, several at once; tells of each on standard error.
     *
     * @return what was missing
     */
    List<ImageSource> pull(Collection<ImageSource> sources) {
        if (sources.isEmpty()) {
            return List.of();
        }
        ImagePulls pulls = new ImagePulls(cache, streams.environment());
        return Progress.during(streams.err(), streams.showsProgress(), () -> state(pulls), progress -> {
            List<ImageSource> missing = pulls.missing(sources, progress::say);
            pulls.pull(missing, progress::say);
            return missing;
        });
    }

    private static String state(ImagePulls pulls) {
        long mebibytes = pulls.bytes() >> 20;
        return pulls.bytes() == 0 ? "checking images" : "pulling images: " + mebibytes + " MiB";
    }

    /** The machine with its images, which are there, and its kernel if that is in one of them. */
    VmSpec locate(VmSpec spec) {
        return new LocalSpec(streams.environment(), streams.err()::println).of(spec);
    }

    /** One finding for each image that is not there. */
    List<Finding> findings(VmSpec spec) {
        List<Finding> findings = new ArrayList<>();
        for (ImageSource source : spec.sources().values()) {
            if (cache.find(source, streams.err()::println) == null) {
                findings.add(Finding.note("image " + source.url(), "has not been pulled; up pulls it", "crosvm pull"));
            }
        }
        return findings;
    }
}
