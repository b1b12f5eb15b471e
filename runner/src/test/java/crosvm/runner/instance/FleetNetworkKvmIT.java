package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.jail.JailedProcess;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Machines of one file on a network between them, with guests of a few bytes: how it comes and goes with them. */
class FleetNetworkKvmIT extends TinyFleet {
    /** Waits until as many sockets of networks are there, and as many processes of networks. */
    private static final String AWAIT = """
            networks() { echo $(find crosvm-networks -name '*.sock' 2>/dev/null | wc -l) $(pgrep -cf "NetworkMain $PWD/"); }
            await() { i=0; while [ "$(networks)" != "$1" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done; networks; }
            """;

    FleetNetworkKvmIT() {
        super(AWAIT);
    }

    @BeforeEach
    void writes() throws IOException {
        fleet("subnet: 10.77.9.0/24");
    }

    private void fleet(String network) throws IOException {
        Files.writeString(folder.resolve("vm.yaml"), """
                name: shop
                defaults: {kernel: tiny.kernel, memory: 32MiB, rng: false, networks: [{id: lan, network: lan}]}
                networks: {lan: {%s}}
                machines: {db: {}, web: {sandbox: false, dependsOn: [db]}}
                """.formatted(network));
    }

    @Test
    void isThereAsLongAsAMachineIsOnItAndIsStartedAgainWhenItsProcessIsKilled() throws Exception {
        String output = script("\"$0\" up -d; echo up $?; await '1 2'; \"$0\" down --timeout 0 web; await '1 2';"
                + " first=$(pgrep -of \"NetworkMain $PWD/\"); kill -9 $first; sleep 1; await '1 2'; \"$0\" logs --crosvm db;"
                + " \"$0\" up -d; echo again $?; \"$0\" down --timeout 0; await '0 0'; find crosvm-networks");
        assertThat(output)
                .containsSubsequence("up 0\n1 2\n", "1 2\n", "1 2\n", "again 0\n", "0 0\n")
                .contains("crosvm: shop-db: network lan: its process has ended and is started again")
                .doesNotContain("is lost");
        assertThat(folder.resolve("crosvm-networks/private")).isEmptyDirectory();
    }

    @Test
    void leavesNothingWhenTheFirstProcessIsKilled() throws Exception {
        String output = script(
                "\"$0\" up >out 2>err & pid=$!; await '1 2'; kill -9 $pid; await '0 0'; cat err; ls crosvm-networks");
        assertThat(output).startsWith("1 2\n0 0\n").endsWith("lock\nprivate\n");
    }

    @Test
    void tellsOfFieldsOfANetworkThatHaveChangedAndRecreatesAllMachinesOnIt() throws Exception {
        script("\"$0\" up -d");
        fleet("subnet: 10.77.10.0/24");
        String output =
                script("\"$0\" up -d; echo up $?; await '1 2'; \"$0\" up -d --recreate; echo recreated $?; await '1 2';"
                        + " \"$0\" ps -q; \"$0\" up -d; echo again $?; \"$0\" down --timeout 0; await '0 0'");
        assertThat(output)
                .containsSubsequence(
                        "shop-db: is already running",
                        "networks.lan.subnet: 10.77.9.0/24 -> 10.77.10.0/24",
                        "shop-web: is already running",
                        "up 1\n1 2\n",
                        "recreated 0\n1 2\nshop-db\nshop-web\n",
                        "again 0\n",
                        "0 0\n");
    }

    @Test
    void startsEachMachineAndItsNetworkOnceForTwoWhoAskAtTheSameTime() throws Exception {
        String output = script(
                "\"$0\" up -d >first 2>&1 & one=$!; \"$0\" up -d >second 2>&1; wait $one;"
                        + " \"$0\" up -d; echo up $?; await '1 2'; \"$0\" ps -q; cat first second; \"$0\" down --timeout 0; await '0 0'");
        assertThat(output).containsSubsequence("up 0\n1 2\nshop-db\nshop-web\n", "0 0\n");
        assertThat(output.lines().filter(line -> line.startsWith("shop-db: running, pid ")))
                .as(output)
                .hasSize(1);
    }

    /** In a network namespace that plays the host, with a bridge of its administrator's, and an address beside. */
    @Test
    void connectsMachinesToTheHostsBridgeAndRefusesASubnetThatTheHostRoutesElsewhere() throws Exception {
        assumeTrue(JailedProcess.isRoot(), "only root may make a machine's tap a port of a bridge");
        fleet("bridge: br7");
        Files.writeString(folder.resolve("routed.yaml"), """
                name: routed
                networks: {lan: {subnet: 10.77.9.0/24, forward: ["8080:db:80"]}}
                machines: {db: {kernel: tiny.kernel, memory: 32MiB, networks: [{network: lan}]}}
                """);
        Files.writeString(folder.resolve("inside"), """
                set -e
                mount -t sysfs sys /sys
                ip link add br7 type bridge
                ip address add 10.77.9.1/24 dev br7
                ip link set br7 up
                "$0" up -d
                echo ports $(ls /sys/class/net/br7/brif | wc -l)
                "$0" down --timeout 0
                while [ -n "$(ls /sys/class/net/br7/brif)" ]; do sleep 0.1; done
                echo left $(ls /sys/class/net)
                "$0" up -d routed.yaml || echo refused $?
                """);
        String output = script("exec unshare --net --mount -- /bin/sh -c \"$(cat inside)\" \"$0\"");
        assertThat(output)
                .containsSubsequence(
                        "ports 2\n",
                        "left br7 lo\n",
                        "network lan: the host routes 10.77.9.0/24 to br7, which overlaps the subnet 10.77.9.0/24",
                        "refused 1\n");
    }

    @Test
    void tellsWhichMachineCannotBeConnectedAndWhy() throws Exception {
        fleet("bridge: nobodys0");
        assertThat(script("\"$0\" up -d db; echo up $?; \"$0\" ps -q"))
                .contains("network lan: the host has no bridge nobodys0. Create it: ip link add nobodys0 type bridge")
                .endsWith("up 1\n");
    }
}
