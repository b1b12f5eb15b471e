/** The vhost-user protocol (QEMU's docs/interop/vhost-user): messages, their rules, and the socket they travel on. */
@NullMarked
package crosvm.vmm.vhostuser;

import org.jspecify.annotations.NullMarked;
