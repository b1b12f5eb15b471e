/**
 * Where devices run: on threads of the main process or in jailed processes of ours. What a process is handed, its program, its
 * rehearsal before the jail's door closes, and the way of its devices into the machine's PCI bus. The guest need not wait for it:
 * a device is in its slot before its process is ready ({@link crosvm.vmm.virtio.remote.AwaitedBackend}).
 */
@NullMarked
package crosvm.vmm.hosting;

import org.jspecify.annotations.NullMarked;
