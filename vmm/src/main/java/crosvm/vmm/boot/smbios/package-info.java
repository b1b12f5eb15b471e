/**
 * SMBIOS: who the machine is, and what the host tells its guest by OEM strings (DMTF DSP0134 3.7). Written before the guest
 * starts; the guest may overwrite its copy.
 */
@NullMarked
package crosvm.vmm.boot.smbios;

import org.jspecify.annotations.NullMarked;
