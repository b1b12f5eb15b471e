package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskLimitTest {
    @TempDir
    Path root;

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void findsTheLimitsOfAllGroupsUpToTheRootOfUnifiedControlGroups() throws IOException {
        write("proc/self/cgroup", "0::/user.slice/app.scope\n");
        write("proc/self/mounts", "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n");
        write("sys/fs/cgroup/user.slice/pids.max", "300\n");
        write("sys/fs/cgroup/user.slice/pids.current", "250\n");
        write("sys/fs/cgroup/user.slice/app.scope/pids.max", "max\n");
        write("sys/fs/cgroup/user.slice/app.scope/pids.current", "20\n");
        assertThat(TaskLimit.ofGroups(root))
                .containsExactly(new TaskLimit(root.resolve("sys/fs/cgroup/user.slice/pids.max") + "", 300, 250));
    }

    @Test
    void findsThePidsControllerOfItsOwnHierarchy() throws IOException {
        write("proc/self/cgroup", "8:cpu,pids:/job\n1:name=systemd:/other\n0::/\n");
        write("proc/self/mounts", "cgroup /cg/cpu cgroup rw,cpu,pids 0 0\ncgroup2 /cg/unified cgroup2 rw 0 0\n");
        write("cg/cpu/job/pids.max", "40\n");
        write("cg/cpu/job/pids.current", "50\n");
        List<TaskLimit> limits = TaskLimit.ofGroups(root);
        assertThat(limits).hasSize(1);
        assertThat(limits.get(0).free()).as("never negative").isZero();
    }

    @Test
    void believesNoPathThatLeavesTheHierarchy() throws IOException {
        write("proc/self/cgroup", "0::/../../..\n");
        write("proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
        write("pids.max", "1\n");
        write("pids.current", "1\n");
        assertThat(TaskLimit.ofGroups(root)).isEmpty();
    }

    @Test
    void countsTheThreadsOfAUsersProcesses() throws IOException {
        write("proc/1/status", "Name:\tinit\nUid:\t0\t0\t0\t0\nThreads:\t1\n");
        write("proc/20/status", "Name:\tjava\nUid:\t7\t7\t7\t7\nThreads:\t18\n");
        write("proc/21/status", "Name:\tsh\nUid:\t7\t0\t0\t0\nThreads:\t1\n");
        write("proc/22/other", "it has ended\n");
        write("proc/meminfo", "MemTotal: 1 kB\n");
        assertThat(TaskLimit.tasksOf(root.resolve("proc"), 7)).isEqualTo(19);
    }
}
