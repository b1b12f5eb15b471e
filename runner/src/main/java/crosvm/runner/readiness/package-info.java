/**
 * Whether a machine's guest is ready and stays so: the signs by which that shows, and who looks for them. What a guest says is
 * never trusted with more than that: every wait and every text of its is bounded.
 */
@NullMarked
package crosvm.runner.readiness;

import org.jspecify.annotations.NullMarked;
