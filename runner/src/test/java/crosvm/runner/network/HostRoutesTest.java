package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.Ipv4Subnet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the host's own routes forbid. */
class HostRoutesTest {
    private static final List<String> ROUTES = List.of(
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
            "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
            "tun7\t0000080A\t00000000\t0001\t0\t0\t0\t0000FCFF\t0\t0\t0");

    @Test
    void tellsOfASubnetThatTheHostRoutesElsewhere() {
        assertThat(HostRoutes.taken(Ipv4Subnet.parse("10.9.1.0/24"), ROUTES))
                .contains("the host routes 10.8.0.0/14 to tun7, which overlaps the subnet 10.9.1.0/24");
        assertThat(HostRoutes.taken(Ipv4Subnet.parse("10.0.0.0/8"), ROUTES)).contains("10.8.0.0/14");
    }

    @Test
    void takesTheDefaultRouteForNoClaim() {
        assertThat(HostRoutes.taken(Ipv4Subnet.parse("10.12.0.0/24"), ROUTES)).isNull();
        assertThat(HostRoutes.taken(Ipv4Subnet.parse("192.168.7.0/24"), List.of()))
                .isNull();
    }
}
