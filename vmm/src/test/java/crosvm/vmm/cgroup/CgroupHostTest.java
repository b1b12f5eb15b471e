package crosvm.vmm.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.Cores;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.cgroup.CgroupHost.Look;
import crosvm.vmm.cgroup.CgroupHost.Way;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupHostTest {
    private static final String ALL = "cpuset cpu io memory hugetlb pids";
    private static final Set<Controller> CPU_AND_MEMORY = EnumSet.of(Controller.CPU, Controller.MEMORY);

    @TempDir
    private Path root;

    private Look look(int user, Set<Controller> wanted) {
        return new CgroupHost(root, user, Map.of()).look(wanted, null);
    }

    @Test
    void saysThatAHostHasNoCgroupV2() throws Exception {
        new FakeCgroups(root, "/").file("proc/self/mounts", "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n");
        assertThat(look(0, CPU_AND_MEMORY).way()).isEqualTo(Way.NONE);
        assertThat(look(0, CPU_AND_MEMORY).found()).contains("no cgroup v2");
    }

    /** As with systemd.unified_cgroup_hierarchy=0, where cgroup v2 is there and can do nothing. */
    @Test
    void namesTheControllersThatAreAttachedToCgroupV1() throws Exception {
        new FakeCgroups(root, "/").group("", "memory hugetlb", "", "1\n");
        Look look = look(0, CPU_AND_MEMORY);
        assertThat(look.way()).isEqualTo(Way.NONE);
        assertThat(look.found()).contains("the controllers cpu:").doesNotContain("memory");
        assertThat(look.fix()).contains("systemd.unified_cgroup_hierarchy=1");
    }

    @Test
    void dividesTheRootWhereNoSystemdRuns() throws Exception {
        new FakeCgroups(root, "/").group("", ALL, "", "1\n2\n");
        Look look = look(0, CPU_AND_MEMORY);
        assertThat(look.way()).isEqualTo(Way.BELOW);
        assertThat(look.group().path()).isEqualTo(root.resolve("sys/fs/cgroup"));
    }

    @Test
    void takesTheNearestGroupThatCanHandControllersDown() throws Exception {
        FakeCgroups host = new FakeCgroups(root, "/user/shell");
        host.group("", ALL, ALL, "1\n");
        host.group("/user", ALL, "", "");
        host.set("/user", "cgroup.type", "domain");
        host.group("/user/shell", "", "", "7\n8\n");
        host.set("/user/shell", "cgroup.type", "domain");
        Look look = look(1000, CPU_AND_MEMORY);
        assertThat(look.way()).isEqualTo(Way.BELOW);
        assertThat(look.group().path()).endsWith(Path.of("user"));
    }

    @Test
    void goesInsideAGroupThatIsThisProcessesAlone() throws Exception {
        FakeCgroups host = new FakeCgroups(root, "/web.service");
        host.group("", ALL, ALL, "1\n");
        host.group("/web.service", ALL, "", ProcessHandle.current().pid() + "\n");
        host.set("/web.service", "cgroup.type", "domain");
        Files.createDirectories(root.resolve("run/systemd/system"));
        assertThat(look(0, CPU_AND_MEMORY).way()).isEqualTo(Way.INSIDE);
    }

    private void systemdOf(int user, String delegated) throws Exception {
        FakeCgroups host = new FakeCgroups(root, "/user.slice/user-" + user + ".slice/session-1.scope");
        host.group("", ALL, ALL, "1\n");
        host.group("/user.slice/user-" + user + ".slice/session-1.scope", ALL, "", "7\n8\n");
        host.set("/user.slice/user-" + user + ".slice/session-1.scope", "cgroup.type", "domain");
        host.group("/user.slice/user-" + user + ".slice/user@" + user + ".service", delegated, delegated, "");
        host.file("run/user/" + user + "/bus", "");
        Files.createDirectories(root.resolve("run/systemd/system"));
        host.file("usr/bin/busctl", "");
        Files.setPosixFilePermissions(root.resolve("usr/bin/busctl"), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void asksTheUsersSystemdForAScope() throws Exception {
        systemdOf(1000, "cpu memory pids");
        assertThat(look(1000, CPU_AND_MEMORY).way()).isEqualTo(Way.SCOPE);
        assertThat(look(1000, CPU_AND_MEMORY).found()).isEqualTo("by a scope of your user's systemd");
        assertThat(look(0, CPU_AND_MEMORY).found()).isEqualTo("by a scope of systemd");
    }

    @Test
    void namesTheControllersThatSystemdDoesNotDelegate() throws Exception {
        systemdOf(1000, "memory pids");
        Look look = look(1000, EnumSet.of(Controller.CPU, Controller.MEMORY, Controller.IO));
        assertThat(look.way()).isEqualTo(Way.NONE);
        assertThat(look.found()).isEqualTo("systemd does not delegate the controllers cpu io to your user");
        assertThat(look.fix()).contains("user@.service.d", "Delegate=cpu io memory pids");
    }

    /** To log in again is not enough where the user lingers or has another session: the same systemd goes on. */
    @Test
    void hasTheUsersSystemdFindOutWhatIsDelegatedToIt() throws Exception {
        systemdOf(1000, "memory pids");
        assertThat(look(1000, EnumSet.of(Controller.IO)).fix())
                .endsWith("as your user: systemctl --user daemon-reexec");
        CgroupFolder scope = new CgroupFolder(root.resolve("web.scope"), root);
        assertThat(MachineCgroup.notHeld(List.of("io"), scope, true))
                .contains("web.scope, although set: io.")
                .endsWith("systemctl --user daemon-reexec");
        assertThat(MachineCgroup.notHeld(List.of("io"), scope, false)).doesNotContain("systemctl");
    }

    /** A container or a service that has the limits itself needs no group of ours. */
    @Test
    void findsLimitsThatHoldAlready() throws Exception {
        FakeCgroups host = new FakeCgroups(root, "/a/b");
        host.group("", ALL, ALL, "1\n");
        host.group("/a", ALL, ALL, "");
        host.group("/a/b", ALL, "", "7\n8\n");
        host.set("/a", "cpu.max", "100000 100000");
        host.set("/a/b", "cpu.max", "max 100000");
        host.set("/a/b", "memory.max", "536870912");
        CgroupHost sought = new CgroupHost(root, 1000, Map.of());
        assertThat(held(sought, 100, 512)).isTrue();
        assertThat(held(sought, 150, 1024)).isTrue();
        assertThat(held(sought, 99, 512))
                .as("less processor time than the host's limit")
                .isFalse();
        assertThat(held(sought, 100, 511))
                .as("less memory than the host's limit")
                .isFalse();
    }

    private static boolean held(CgroupHost host, int hundredths, long mib) {
        LimitsSpec limits = new LimitsSpec(new Cores(hundredths), MemorySize.ofMib(mib), null, null);
        return host.look(Controller.neededBy(limits), new CgroupSettings(limits, List.of()))
                        .way()
                == Way.HELD;
    }
}
