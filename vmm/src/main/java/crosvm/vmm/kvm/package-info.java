/** Linux KVM's objects: the system, a VM, a vCPU, exit reasons (KVM api.rst). */
@NullMarked
package crosvm.vmm.kvm;

import org.jspecify.annotations.NullMarked;
