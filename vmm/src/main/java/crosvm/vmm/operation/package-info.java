/**
 * What a running machine can be asked for over its control socket: a class for each command, listed once in {@link
 * crosvm.vmm.operation.Operations}. An operation sees the machine as a {@link crosvm.vmm.operation.MachineContext}, so each is
 * tested without KVM. OperationsTest keeps the table as the classes say it.
 *
 * <table>
 * <caption>Commands and their arguments</caption>
 * <tr><td>status</td><td>show what the machine is and how it is doing</td><td></td></tr>
 * <tr><td>stop</td><td>end the machine at once; the guest is not told</td><td></td></tr>
 * <tr><td>powerbtn</td><td>press the ACPI power button</td><td></td></tr>
 * <tr><td>down</td><td>shut the guest down with the power button; end the machine after the timeout</td><td>timeout: in
 * seconds, 0 to 86400</td></tr>
 * <tr><td>wait</td><td>answer when the machine has ended, with the reason and a detail</td><td></td></tr>
 * <tr><td>suspend</td><td>stop the vCPUs; the guest's clocks stand still</td><td></td></tr>
 * <tr><td>resume</td><td>let the vCPUs run again</td><td></td></tr>
 * <tr><td>balloon</td><td>show the balloon's target and actual size in bytes; set the target if one is
 * given</td><td>size: the new target in bytes, a multiple of 4096; optional.<br>pages: pages to add to the target, or
 * to take away if negative; optional, not with size</td></tr>
 * <tr><td>balloon-stats</td><td>ask the guest's balloon driver for its memory statistics</td><td></td></tr>
 * <tr><td>stats</td><td>show what vCPUs, queues, disks and networks have done so far</td><td>format: json (default) or
 * prometheus</td></tr>
 * <tr><td>registers</td><td>show the registers of vCPUs and interrupt controllers; stops the vCPUs for a
 * moment</td><td></td></tr>
 * <tr><td>disk-resize</td><td>resize a disk and tell the guest</td><td>id: the disk's id in the spec.<br>size: the new
 * size in bytes, a multiple of 512</td></tr>
 * <tr><td>disk-limit</td><td>limit what a disk may do in a second</td><td>id: the disk's id in the spec.<br>iops:
 * requests in a second, 1 or more; without it any number.<br>bandwidth: bytes in a second, 4096 to 1099511627776;
 * without it any number</td></tr>
 * <tr><td>disk-snapshot</td><td>freeze a disk and write to a new overlay from now on</td><td>id: the disk's id in the
 * spec.<br>file: the overlay, an absolute path where nothing is yet</td></tr>
 * </table>
 */
@NullMarked
package crosvm.vmm.operation;

import org.jspecify.annotations.NullMarked;
