/**
 * A tree to a spec's records, by the model: overrides are put in, variables filled in, values read and defaults worked out. What
 * cannot be read gets a stand-in, so that everything else is still looked at.
 */
@NullMarked
package crosvm.schema.bind;

import org.jspecify.annotations.NullMarked;
