/**
 * The networks between the machines of a file. Each is a network namespace of its own with a bridge, kept by a process
 * ({@link crosvm.runner.network.NetworkMain}) that is there as long as a machine is on it: it makes the machines' taps, tells the
 * bridge what may come in from each, and runs dnsmasq and pasta. The machines' own processes join it over a socket and hold the
 * connection; the last one to hang up ends it, whatever ended the machine. All its processes are in one PID namespace, so that none
 * is left when it is killed.
 */
@NullMarked
package crosvm.runner.network;

import org.jspecify.annotations.NullMarked;
