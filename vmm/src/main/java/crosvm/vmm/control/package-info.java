/**
 * The control socket: how a running machine is asked and told things from outside.
 *
 * <h2>The protocol, version 1</h2>
 *
 * A Unix stream socket, its file with mode 0600. Both sides write JSON objects (RFC 8259, UTF-8), each on a line of its own
 * that ends with a line feed. The server speaks only when asked, answers every request, and answers a connection's requests in
 * their order.
 *
 * <pre>{@code
 * → {"version":1,"id":7,"command":"balloon","arguments":{"size":134217728}}
 * ← {"version":1,"id":7,"result":{"target":134217728,"actual":0}}
 * → {"version":1,"id":8,"command":"disk-resize","arguments":{"id":"dta","size":1073741824}}
 * ← {"version":1,"id":8,"error":{"code":"not-found","message":"disk dta: this machine has none of that id. It has: root, data"}}
 * }</pre>
 *
 * {@code version} may be left out and is then 1; {@code id} (a text or a whole number) comes back as it was and may be left
 * out; so may {@code arguments} where a command takes none. Members that are not listed here are refused, so that a misspelt
 * one is no silent loss. {@code {"command":"help"}} lists the commands. An error's {@code message} is for people and says
 * what, which, why and what to do; its {@code code} is for programs:
 *
 * <table>
 * <caption>Error codes</caption>
 * <tr><td>bad-json</td><td>the line is no JSON object in UTF-8; the connection goes on with the next line</td></tr>
 * <tr><td>bad-request</td><td>a member is missing, unknown or of the wrong kind</td></tr>
 * <tr><td>bad-version</td><td>a version that this program does not speak</td></tr>
 * <tr><td>unknown-command</td><td>no such command</td></tr>
 * <tr><td>bad-argument</td><td>an argument is missing, unknown, of the wrong kind or out of range</td></tr>
 * <tr><td>not-found</td><td>what the request names is not there</td></tr>
 * <tr><td>not-possible</td><td>not for this machine, or not in its present state</td></tr>
 * <tr><td>failed</td><td>the host did not let us</td></tr>
 * <tr><td>too-large</td><td>a request of more than 64 KiB; the server hangs up</td></tr>
 * <tr><td>too-slow</td><td>the rest of a request did not come within 10 s; the server hangs up</td></tr>
 * <tr><td>too-many</td><td>256 clients are connected already; the server hangs up</td></tr>
 * </table>
 *
 * A client that does not read its answers for 10 s is hung up on. The connection's end without an answer means that the
 * machine has ended; {@code wait} answers just before that, with how it ended. A request that was received whole is carried
 * out, also when its client has gone meanwhile.
 */
@NullMarked
package crosvm.vmm.control;

import org.jspecify.annotations.NullMarked;
