package crosvm.seccomp.filter;

import static crosvm.seccomp.policy.MemorySource.policy;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.seccomp.policy.MemorySource;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.Problem;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyReviewTest {

    private static List<String> notes(String text) {
        return PolicyReview.redundancies(policy(text)).stream()
                .map(Problem::toString)
                .toList();
    }

    @Test
    void findsNothingInAPolicyWhereEveryPartCounts() {
        assertThat(notes("""
                        read: 1
                        mmap: arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE
                        ioctl: arg1 == 1 || arg1 == 2 && arg2 != 0
                        openat: return EACCES
                        madvise: arg2 > 3 && arg2 < 9; return EINVAL
                        """)).isEmpty();
    }

    @Test
    void findsPartsThatChangeNoDecision() {
        assertThat(notes("""
                        read: kill
                        ioctl: arg1 == 1 || arg1 == 1
                        lseek: arg2 < 5 || arg2 == 3
                        write: arg0 & 0 || arg0 == 1
                        close: arg0 >= 0
                        mmap: arg2 in PROT_READ && arg2 in PROT_READ|PROT_WRITE
                        dup: arg0 == 1; return EPERM
                        """))
                .containsExactly(
                        "t.policy:1:1: read: the rule asks for what happens without it, kill-process",
                        "t.policy:2:8: 'arg1 == 1' allows nothing that the other alternatives do not",
                        "t.policy:2:21: 'arg1 == 1' allows nothing that the other alternatives do not",
                        "t.policy:3:20: 'arg2 == 3' allows nothing that the other alternatives do not",
                        "t.policy:4:8: 'arg0 & 0' never holds",
                        "t.policy:5:1: close: the condition always holds; write the action alone",
                        "t.policy:6:7: 'arg2 in PROT_READ|PROT_WRITE' in 'arg2 in PROT_READ && arg2 in"
                                + " PROT_READ|PROT_WRITE' changes nothing");
    }

    @Test
    void findsARuleThatRepeatsAnIncludedOne() {
        Policy policy = Policy.load(
                new MemorySource(Map.of(
                        "a.policy",
                        "@include ./c.policy\nread: 1\nmadvise: 1",
                        "c.policy",
                        "read: 1\nmadvise: arg2 == 4")),
                "a.policy");
        assertThat(PolicyReview.redundancies(policy))
                .extracting(Problem::toString)
                .containsExactly("a.policy:2:1: read: says the same as the included c.policy:1:1");
    }
}
