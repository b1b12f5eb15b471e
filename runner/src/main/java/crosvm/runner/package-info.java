/** The program: command line, reports, running machines. */
@NullMarked
package crosvm.runner;

import org.jspecify.annotations.NullMarked;
