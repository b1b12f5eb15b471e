/** Commands on another host: a spec and the files that it names carried there, and the words of a command line run there. */
@NullMarked
package crosvm.runner.remote;

import org.jspecify.annotations.NullMarked;
