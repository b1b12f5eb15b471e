/** Linux objects the engine owns: descriptors, mappings, memfds, signals, files. Errors come with errno's name. */
@NullMarked
package crosvm.vmm.linux;

import org.jspecify.annotations.NullMarked;
