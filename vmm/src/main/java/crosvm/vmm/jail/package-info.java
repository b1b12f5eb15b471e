/**
 * Starts a process in a jail and closes the door behind it, and the inside's part of that. A room of its own rather than part
 * of {@code virtio.remote}: it knows processes, namespaces and filters, and nothing of what the process will do.
 */
@NullMarked
package crosvm.vmm.jail;

import org.jspecify.annotations.NullMarked;
