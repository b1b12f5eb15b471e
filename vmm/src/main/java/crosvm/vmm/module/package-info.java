/**
 * What differs from one kind of device to the next, as an interface: how it is planned, opened, made, rehearsed and reached.
 * Whoever plans, hosts, measures or reports on devices asks this and knows no kind by name. The kinds themselves are one room
 * below, in {@code crosvm.vmm.module.kind}.
 */
@NullMarked
package crosvm.vmm.module;

import org.jspecify.annotations.NullMarked;
