package crosvm.seccomp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies of several devices in one process. */
class PolicyUnionTest {

    private static Policy named(String name, String text) {
        return Policy.load(new MemorySource(Map.of(name, text)), name);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '+', textBlock = """
            read: 1             + write: 1                   + read: 1; write: 1
            ioctl: arg1 == 1    + ioctl: arg1 == 2           + ioctl: arg1 == 1 || arg1 == 2
            ioctl: arg1 == 1    + ioctl: arg1 == 1           + ioctl: arg1 == 1
            ioctl: arg1 == 1    + ioctl: 1                   + ioctl: 1
            ioctl: 1            + ioctl: arg1 == 1           + ioctl: 1
            open: return ENOENT + open: arg1 == 0            + open: arg1 == 0; return ENOENT
            open: arg1 == 0     + open: return ENOENT        + open: arg1 == 0; return ENOENT
            open: return ENOENT + open: return EPERM         + open: return ENOENT
            open: arg1 == 0     + open: arg1 == 2; return 13 + open: arg1 == 0 || arg1 == 2; return EACCES
            """)
    void allowsWhatAnyOfThemAllows(String first, String second, String both) {
        Policy union = Policy.union("group", List.of(named("a.policy", first), named("b.policy", second)));
        assertThat(String.join("; ", union.rules().stream().map(Rule::toString).toList()))
                .isEqualTo(both);
    }

    @Test
    void namesEveryFileOnceAndTakesTheFirstDefault() {
        Policy one = named("a.policy", "@default trap\nread: 1");
        Policy two = named("b.policy", "write: 1");
        Policy union = Policy.union("group", List.of(one, two, one));
        assertThat(union.name()).isEqualTo("group");
        assertThat(union.files()).containsExactly("a.policy", "b.policy");
        assertThat(union.defaultAction()).isEqualTo(one.defaultAction()).isNotEqualTo(two.defaultAction());
    }

    @Test
    void leavesASinglePolicyAsItIs() {
        Policy one = named("a.policy", "read: 1");
        assertThat(Policy.union("group", List.of(one))).isSameAs(one);
    }
}
