package crosvm.schema.load;

import crosvm.schema.problem.SourceText;
import java.nio.file.Path;

/**
 * A file that was given.
 *
 * @param text what is in it
 * @param file its absolute path, which need not exist
 */
record FleetSource(SourceText text, Path file) {}
