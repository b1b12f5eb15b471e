/** What must fit between the fields of one spec, or it cannot run. A sound value of a single field is the binder's concern. */
@NullMarked
package crosvm.schema.check;

import org.jspecify.annotations.NullMarked;
