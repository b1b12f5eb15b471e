/** What lies in guest memory before the first instruction: kernel, initrd, command line, boot params, page tables. */
@NullMarked
package crosvm.vmm.boot;

import org.jspecify.annotations.NullMarked;
