package crosvm.runner.ssh;

import java.util.List;

/** What ssh says when it cannot log in, in the words of this program. */
final class SshFailure {
    private SshFailure() {}

    /**
     * Why there is no session.
     *
     * @param machine its name
     * @param said the lines of ssh's log that are for people
     */
    static String explain(String machine, List<String> said) {
        String text = String.join("\n", said);
        String all = machine + ": ";
        if (said.isEmpty()) {
            return all + "the session has ended, and the guest has not said how";
        }
        if (text.contains("Permission denied")) {
            return all + "the guest refuses the machine's key: its sshd reads neither the credential"
                    + " ssh.ephemeral-authorized_keys-all nor root's authorized_keys2, or lets this user log in by no key";
        }
        if (text.contains("timed out") || text.contains("Connection timeout")) {
            return all + "the guest accepts connections on vsock port " + GuestPort.SSH
                    + " and does not answer as sshd does";
        }
        if (text.contains("Bad remote protocol")
                || text.contains("banner")
                || text.contains("No SSH version")
                || text.contains("invalid format")) {
            return all + "what listens on vsock port " + GuestPort.SSH + " in the guest is not sshd ("
                    + said.get(said.size() - 1).strip() + ")";
        }
        if (text.contains("closed") || text.contains("reset") || text.contains("Broken pipe")) {
            return all + "the guest has closed the connection ("
                    + said.get(said.size() - 1).strip() + ")";
        }
        return all + "ssh: " + said.get(said.size() - 1).strip();
    }

    /**
     * Whether the program that connects has told why already: a line of ssh's own, not one that quotes the guest, whose farewell may have
     * several lines.
     */
    static boolean isTold(List<String> said) {
        return said.contains("proxy dialer did not pass back a connection")
                && said.stream().noneMatch(line -> line.startsWith("Received disconnect"));
    }
}
