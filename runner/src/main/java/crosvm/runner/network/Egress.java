package crosvm.runner.network;

import crosvm.runner.egress.AllowedList;
import crosvm.runner.egress.EgressRules;
import crosvm.runner.egress.RefusalLog;
import crosvm.runner.report.FailedException;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.ProcessExit;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the machines of a network may reach outside, all together or each by itself: a table of its own, which sees what the router has let
 * pass, and a thread that empties the sets by turns and tells who was refused what. A machine's address says which list is its own, since
 * nothing with another's leaves it ({@link FrameRules}). The table is there before there is a way out. {@link #follow} may be called by
 * any thread.
 */
final class Egress {
    /** For how many seconds a machine may believe an answer; an address stays allowed for one to two times that. */
    static final int PERIOD = 300;

    static final String TABLE = "inet crosvm_allow";

    /** The map from a machine's address to the list that is its own. */
    private static final String MACHINES = "machines";

    private static final int LOOK_SECONDS = 2;
    private static final int PROGRAM_MILLISECONDS = 60_000;

    private final NetworkRoom room;
    private final EgressListener listener;
    private final RefusalLog log = new RefusalLog();
    private final Map<Integer, GrowingLog> logs = new HashMap<>();
    private List<Reach> enforced = List.of();
    private boolean ipv6;
    private @Nullable Thread thread;

    /** @param listener is called by this object's thread */
    Egress(NetworkRoom room, EgressListener listener) {
        this.room = room;
        this.listener = listener;
    }

    /** As this plan wants it from now on; where the lists stay, so do the addresses of names. */
    synchronized void follow(NetworkPlan plan) {
        List<Reach> next = isNeeded(plan) ? plan.reaches() : List.of();
        if (next.isEmpty() && enforced.isEmpty()) {
            return;
        }
        String table = next.equals(enforced) ? "" : "add table " + TABLE + "\ndelete table " + TABLE + "\n";
        if (!next.isEmpty()) {
            table += table.isEmpty() ? "" : table(next);
            table += machines(plan, next, 4) + machines(plan, next, 6);
        }
        nft(table);
        if (!next.equals(enforced)) {
            log.startOver();
        }
        enforced = next;
        ipv6 = plan.ipv6();
        if (thread == null) {
            thread = new Thread(this::watch, "egress");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** The router itself refuses everything where nobody gets out. */
    static boolean isNeeded(NetworkPlan plan) {
        return plan.internet() && (plan.reaches().size() > 1 || !plan.reach().isEverything());
    }

    /** The lists with the numbers that their machines' dnsmasq knows them by. */
    private static List<AllowedList> lists(List<Reach> reaches) {
        List<AllowedList> lists = new ArrayList<>();
        for (int i = 0; i < reaches.size(); i++) {
            if (!reaches.get(i).isEverything()) {
                lists.add(new AllowedList(i, reaches.get(i).targets(), PERIOD));
            }
        }
        return lists;
    }

    /** After the router's chain, whose word that something may pass is not the last. */
    private static String table(List<Reach> reaches) {
        return """
                table %1$s {
                  map %2$s4 { type ipv4_addr : verdict; }
                  map %2$s6 { type ipv6_addr : verdict; }
                %3$s  chain forward {
                    type filter hook forward priority 10; policy accept;
                    ct state established,related accept
                    ct status dnat accept
                    iifname %4$s oifname %5$s jump egress
                  }
                  chain egress {
                    ip saddr vmap @%2$s4
                    ip6 saddr vmap @%2$s6
                    %6$s
                  }
                }
                """.formatted(
                        TABLE,
                        MACHINES,
                        EgressRules.inTable(lists(reaches), own()),
                        RouteRules.BRIDGE,
                        RouteRules.OUTSIDE,
                        verdict(reaches, 0));
    }

    private static String verdict(List<Reach> reaches, int number) {
        return reaches.get(number).isEverything()
                ? "accept"
                : "goto " + new AllowedList(number, List.of(), PERIOD).chain();
    }

    private static String machines(NetworkPlan plan, List<Reach> reaches, int version) {
        String elements = plan.hosts().stream()
                .filter(host -> host.own() != null && (version == 4 || plan.ipv6()))
                .map(host -> (version == 4
                                ? host.address().toString()
                                : Ipv6Addresses.of(Ipv6Addresses.prefix(plan), host.mac()))
                        + " : " + verdict(reaches, reaches.indexOf(plan.reach(host))))
                .collect(Collectors.joining(", "));
        String map = TABLE + " " + MACHINES + version;
        return "flush map " + map + "\n" + (elements.isEmpty() ? "" : "add element " + map + " { " + elements + " }\n");
    }

    /** This thread is in the host's network namespace. */
    private static List<String> own() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(Inet4Address.class::isInstance)
                    .map(address -> address.getHostAddress())
                    .distinct()
                    .toList();
        } catch (SocketException e) {
            throw new FailedException("the host's addresses: " + e.getMessage(), e);
        }
    }

    private void watch() {
        long looks = 0;
        try {
            while (true) {
                TimeUnit.SECONDS.sleep(LOOK_SECONDS);
                looks++;
                try {
                    look(looks);
                } catch (FailedException | VmmException | IOException e) {
                    System.err.println("crosvm: allow-list: " + e.getMessage()); // Elements expire by themselves.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void look(long looks) throws IOException {
        if (enforced.isEmpty()) {
            return;
        }
        if (looks % (PERIOD / LOOK_SECONDS) == 0) {
            StringBuilder emptied = new StringBuilder();
            lists(enforced).forEach(list -> emptied.append(list.emptied(TABLE, looks / (PERIOD / LOOK_SECONDS))));
            List<String> own = own();
            nft(emptied + (own.isEmpty() ? "" : EgressRules.moreOwn(TABLE, own)));
        }
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < enforced.size(); i++) {
            lines.addAll(logs.computeIfAbsent(i, number -> new GrowingLog(NameServer.log(room, number)))
                    .newLines());
        }
        log.look(lines, listed()).forEach(refusal -> listener.refused(refusal.source(), refusal.text()));
        log.takeCounts().forEach((address, count) -> listener.counted(address, count.packets(), count.names()));
    }

    private String listed() throws IOException {
        StringBuilder sets = new StringBuilder();
        for (String set : EgressRules.toldBy(ipv6)) {
            Path file = room.folder().resolve(set);
            Files.deleteIfExists(file);
            run(file, room.tools().nft(), "list", "set", "inet", "crosvm_allow", set);
            sets.append(Files.readString(file, StandardCharsets.ISO_8859_1));
        }
        return sets.toString();
    }

    private void nft(String text) {
        room.rules(text);
    }

    private void run(Path output, String... command) {
        try (ChildProcess process = room.start(List.of(command), output)) {
            ProcessExit end = process.await(PROGRAM_MILLISECONDS);
            if (end == null || end.wasSignal() || end.code() != 0) {
                throw new FailedException(String.join(" ", command) + ": "
                        + (end == null ? "did not end" : end + ": " + NetworkRoom.lastWords(output)));
            }
        }
    }
}
