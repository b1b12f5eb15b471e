package crosvm.runner.network;

import crosvm.runner.egress.EgressRules;
import crosvm.runner.egress.RefusalLog;
import crosvm.runner.report.FailedException;
import crosvm.schema.model.EgressTarget;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.ProcessExit;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The allow-list of a network: a table of its own, which sees what the router has let pass, and a thread that empties the sets by
 * turns and tells who was refused what. The table is there before there is a way out. {@link #follow} may be called by any thread.
 */
final class Egress {
    /** For how many seconds a machine may believe an answer; an address stays allowed for one to two times that. */
    static final int PERIOD = 300;

    static final String TABLE = "inet crosvm_allow";

    private static final int LOOK_SECONDS = 2;
    private static final int PROGRAM_MILLISECONDS = 60_000;
    /** From here on dnsmasq's log is begun anew: it lies in memory. */
    private static final long MAX_LOG = 1 << 20;

    private final NetworkRoom room;
    private final BiConsumer<String, String> refused;
    private final RefusalLog log = new RefusalLog();
    private @Nullable List<EgressTarget> allowed;
    private @Nullable Thread thread;
    private long logPosition;

    /** @param refused gets a machine's address and what it was refused, for people; on this object's thread */
    Egress(NetworkRoom room, BiConsumer<String, String> refused) {
        this.room = room;
        this.refused = refused;
    }

    /** As this plan wants it from now on; where the list stays, so do the addresses of names. */
    synchronized void follow(NetworkPlan plan) {
        List<EgressTarget> next = plan.allow();
        if (next == null ? allowed == null : next.equals(allowed)) {
            return;
        }
        String table = "add table " + TABLE + "\ndelete table " + TABLE + "\n";
        nft(next == null ? table : table + table(new EgressRules(next, PERIOD)));
        allowed = next;
        if (thread == null) {
            thread = new Thread(this::watch, "egress");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** After the router's chain, whose word that something may pass is not the last. */
    private static String table(EgressRules rules) {
        return """
                table %s {
                %s  chain forward {
                    type filter hook forward priority 10; policy accept;
                    ct state established,related accept
                    ct status dnat accept
                    iifname %s oifname %s jump %s
                  }
                }
                """.formatted(TABLE, rules.inTable(own()), RouteRules.BRIDGE, RouteRules.OUTSIDE, EgressRules.CHAIN);
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
        List<EgressTarget> now = allowed;
        if (now == null) {
            return;
        }
        if (looks % (PERIOD / LOOK_SECONDS) == 0) {
            String emptied = new EgressRules(now, PERIOD).emptied(TABLE, looks / (PERIOD / LOOK_SECONDS));
            List<String> own = own();
            nft(emptied + (own.isEmpty() ? "" : EgressRules.moreOwn(TABLE, own)));
        }
        Path listed = room.folder().resolve("refused");
        Files.deleteIfExists(listed);
        run(listed, room.tools().nft(), "list", "set", "inet", "crosvm_allow", EgressRules.REFUSED);
        log.look(newLines(), Files.readString(listed, StandardCharsets.ISO_8859_1))
                .forEach(refusal -> refused.accept(refusal.source(), refusal.text()));
    }

    /** What dnsmasq has said since the last look. Its end may be half a line, which is then lost. */
    private List<String> newLines() throws IOException {
        Path file = room.folder().resolve("dnsmasq.log");
        if (!Files.exists(file)) {
            return new ArrayList<>();
        }
        try (RandomAccessFile text = new RandomAccessFile(file.toFile(), "rw")) {
            long length = text.length();
            if (length < logPosition) { // It was started anew.
                logPosition = 0;
            }
            byte[] bytes = new byte[(int) Math.min(MAX_LOG, length - logPosition)];
            text.seek(length - bytes.length);
            text.readFully(bytes);
            logPosition = length;
            if (length > MAX_LOG) {
                text.setLength(0); // dnsmasq appends.
                logPosition = 0;
            }
            return new String(bytes, StandardCharsets.ISO_8859_1).lines().toList();
        }
    }

    private void nft(String text) {
        Path rules = room.write("allow.nft", text);
        run(room.folder().resolve("allow.log"), room.tools().nft(), "-f", rules.toString());
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
