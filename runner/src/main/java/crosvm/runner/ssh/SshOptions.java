package crosvm.runner.ssh;

import crosvm.runner.instance.StateFolder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What OpenSSH's client is told of one machine (ssh_config(5)): the way is vsock, which leads to this machine's guest and nowhere else, and
 * the key is the machine's own. The guest's key proves nothing beyond that and is not compared with an earlier one: cloud-init makes
 * new keys during the first boot. The guest gets no agent and no display.
 *
 * @param folder the machine's
 * @param proxy the program's words that connect
 * @param answer how long the guest's sshd may take to greet
 */
public record SshOptions(StateFolder folder, List<String> proxy, Duration answer) {
    /** As long as a guest that accepts may take to greet. */
    public static final Duration ANSWER = Duration.ofSeconds(8);

    /** Copies the list. */
    public SshOptions {
        proxy = List.copyOf(proxy);
    }

    private Map<String, String> options() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("HostKeyAlias", alias());
        options.put("ProxyCommand", ShellWords.line(proxy).replace("%", "%%"));
        options.put("ProxyUseFdpass", "yes");
        options.put("CheckHostIP", "no");
        options.put("ConnectTimeout", String.valueOf(answer.toSeconds()));
        options.put("IdentityFile", path(folder.sshKey().toString()));
        options.put("IdentitiesOnly", "yes");
        options.put("IdentityAgent", "none");
        options.put("BatchMode", "yes");
        options.put("PreferredAuthentications", "publickey");
        options.put("UserKnownHostsFile", "/dev/null");
        options.put("GlobalKnownHostsFile", "/dev/null");
        options.put("StrictHostKeyChecking", "no");
        options.put("UpdateHostKeys", "no");
        options.put("ForwardAgent", "no");
        options.put("ForwardX11", "no");
        options.put("LogLevel", "ERROR");
        return options;
    }

    /** The machine as a host of ssh. */
    public String alias() {
        return "crosvm-" + folder.name();
    }

    private static String path(String path) {
        String escaped = path.replace("%", "%%");
        return escaped.indexOf(' ') < 0 ? escaped : '"' + escaped + '"';
    }

    /**
     * As words of ssh's command line, which then reads no file, and says in its log when the session begins and how it ended. That is all it says beyond
     * errors: at any other level it would write the guest's banner, which a Debian that is still booting has for everybody, to its
     * standard error. Before OpenSSH 8.5 there are no such lines.
     */
    List<String> words() {
        List<String> words = new ArrayList<>(List.of("-F", "none"));
        Map<String, String> options = options();
        options.put("IgnoreUnknown", "LogVerbose");
        options.put("LogVerbose", SshLog.VERBOSE);
        options.forEach((name, value) -> words.addAll(List.of("-o", name + "=" + value)));
        return words;
    }

    /** As a section of a file for ssh. */
    public String config() {
        StringBuilder text = new StringBuilder("Host " + alias() + "\n    User root\n");
        options()
                .forEach((name, value) ->
                        text.append("    " + name + " " + value).append('\n'));
        return text.toString();
    }
}
