/** The figures of all of a user's machines together, as monitoring systems read them. */
@NullMarked
package crosvm.runner.metrics;

import org.jspecify.annotations.NullMarked;
