/**
 * Prepared processes: machines that start warm. {@code crosvm serve} ({@link crosvm.runner.serve.PreparedServer}) keeps a few
 * processes ({@code crosvm.runner.cli.PreparedMain}) that have run a machine of their own already, so that all classes are loaded
 * and linked, and that now wait on one listening socket, for this user alone. {@code up} and {@code run} give such a process what they were
 * told and are given; each is used once, and the server starts another one in its place.
 *
 * <p><b>Who hands over.</b> The launcher, by a script in Perl ({@code hand-over} beside the jars). perl-base is on every Debian, starts in 3
 * ms, and reaches the few system calls that this takes without a module; a JVM of one class needs 40 ms, and an ELF of our own would be
 * machine code that nobody can read for the same 3 ms less 2. The launcher calls it before anything else, with no process started on the
 * way, and it finds out itself which program and Java would be started; otherwise it starts the launcher again. It stays, as the process that the caller has started: it passes
 * signals on and ends with the machine's status. Without Perl, without a server, in the background of a terminal, or when anything at all
 * is not as it should be, it starts the command in the usual way and says nothing.
 *
 * <p><b>What is said</b> over the socket, C for the caller and P for the prepared process:
 *
 * <pre>
 * C connects; each looks who the other is (SO_PEERCRED): another user is hung up on
 * P → H             waits for an order; C gives up when that does not come within 50 ms (CROSVM_SERVE_WAIT)
 * C → length (u32, big-endian), texts of a length each: identity, number of words, words, NAME=VALUE of each variable;
 *     with the first byte the descriptors 0, 1, 2 and the working directory (SCM_RIGHTS)
 * P → T pid (u32, little-endian)    would take it; or hangs up
 * C → G             from here on there is no other way
 * P → S signal      a signal ends it
 * P → E status      it ends with that
 * P hangs up        it has ended. When C hangs up, P ends as by SIGHUP.
 * </pre>
 *
 * Up to G either side may hang up or fall silent, and nothing has happened: the command cannot run twice.
 *
 * <p><b>What the process takes over</b> ({@link crosvm.runner.serve.TakenOver}): standard descriptors, working directory, environment,
 * umask, resource limits. What cannot be taken over must be the same, or the order is refused ({@link crosvm.runner.serve.Standing}):
 * user and groups, capabilities, namespaces, root folder, processors, nice value, seccomp, and the program and Java themselves (the
 * identity). The process stays in the control group of the server; so a caller in a group with limits of its own, that the server is
 * not in, is refused. A spec's {@code limits} hold as ever. The environment of the server never reaches a machine: prepared processes get
 * a handful of variables only.
 *
 * <p><b>Device processes</b> ({@link crosvm.vmm.hosting.WaitingDevices}) wait with each prepared process, as children of it: the kernel binds
 * them to the thread that has started them, and so nobody has to hand them from one process to another. What the caller's resource
 * limits would have made narrower is not used. Nor are they under a spec's {@code limits}, for they are not in the machine's control group.
 *
 * <p><b>When a process has been taken</b>, its successor is begun a second later: on two processors the start of a JVM would cost the machine
 * that starts half of its time.
 *
 * <p><b>When the server ends</b>, however, the processes that wait see the end of their connection with it and end; those that run
 * machines have no such connection any more.
 */
@NullMarked
package crosvm.runner.serve;

import org.jspecify.annotations.NullMarked;
