/** The control group (cgroup v2) that holds a machine to its limits: where it can be made, how it is entered, what it has counted. */
@NullMarked
package crosvm.vmm.cgroup;

import org.jspecify.annotations.NullMarked;
