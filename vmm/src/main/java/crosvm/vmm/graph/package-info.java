/** The device graph: what a spec amounts to, as plain data, worked out without touching the host. */
@NullMarked
package crosvm.vmm.graph;

import org.jspecify.annotations.NullMarked;
