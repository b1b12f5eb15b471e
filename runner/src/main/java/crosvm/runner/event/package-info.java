/** What happens to a user's machines, told as it happens. */
@NullMarked
package crosvm.runner.event;

import org.jspecify.annotations.NullMarked;
