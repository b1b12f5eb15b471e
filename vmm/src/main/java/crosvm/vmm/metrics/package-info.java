/** What a running machine counts, and how it is shown (`crosvm stats`). */
@NullMarked
package crosvm.vmm.metrics;

import org.jspecify.annotations.NullMarked;
