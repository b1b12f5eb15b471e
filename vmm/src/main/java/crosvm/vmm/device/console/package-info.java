/** virtio-console: a terminal line without an exit per character (virtio 1.2 §5.3). */
@NullMarked
package crosvm.vmm.device.console;

import org.jspecify.annotations.NullMarked;
