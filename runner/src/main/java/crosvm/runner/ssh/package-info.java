/** OpenSSH's client on a machine's guest, over vsock: sessions, commands, copies, and which link is broken when there is none. */
@NullMarked
package crosvm.runner.ssh;

import org.jspecify.annotations.NullMarked;
