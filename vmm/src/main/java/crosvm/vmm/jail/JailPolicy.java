package crosvm.vmm.jail;

import crosvm.seccomp.filter.BpfProgram;
import crosvm.seccomp.filter.FilterCompiler;
import crosvm.seccomp.filter.RuleEvaluator;
import crosvm.seccomp.filter.SeccompData;
import crosvm.seccomp.filter.Violation;
import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicyException;
import crosvm.seccomp.policy.PolicySource;
import crosvm.seccomp.policy.Rule;
import crosvm.seccomp.policy.SyscallTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The policy of a jail. A call it forbids is not left to the kernel to kill for, because a killed process cannot say which
 * call it was, and the kernel's log is not ours to read: the call waits (SECCOMP_RET_USER_NOTIF) for {@link JailGuard} out
 * here, which names it and kills the process. That is no weaker: the call is never carried out, whoever is to answer it; when
 * the VMM dies it fails, and the jail dies along. What a policy kills for in so many words, and foreign architectures, the
 * kernel does kill for.
 *
 * @param policy as written
 * @param onViolation what a forbidden call leads to
 * @param announcesReads whether each read waits for the guard, too, which lets it through once what is to be read is there
 */
public record JailPolicy(Policy policy, OnViolation onViolation, boolean announcesReads) {

    /** What a forbidden call leads to. */
    public enum OnViolation {
        /** The process dies. */
        KILL,
        /** The call is reported and carried out. */
        LOG
    }

    /** The calls by which a file is read, as far as policies allow any: {@link ForeignCalls} knows their arguments. */
    private static final Set<String> READS = Set.of("read", "pread64");

    /** What {@link JailDoor} goes on to need after the filter is in force. */
    private static final List<String> DOOR = List.of("sendmsg", "recvmsg", "poll", "read", "write");

    /** A policy whose reads are carried out without asking anybody. */
    public JailPolicy(Policy policy, OnViolation onViolation) {
        this(policy, onViolation, false);
    }

    /** The same, of a program whose file is fetched as it is read ({@link HandedFiles#readThrough}). */
    JailPolicy announcingReads() {
        return new JailPolicy(policy, onViolation, true);
    }

    /**
     * Reads the policies of the devices in one process.
     *
     * @param folder of policies instead of the built-in ones, or null
     * @param group what to call several of them together
     * @param names file names, one or more
     * @throws PolicyException when one cannot be read or has mistakes
     */
    public static Policy load(@Nullable Path folder, String group, List<String> names) {
        return Policy.union(
                group,
                names.stream()
                        .distinct()
                        .map(name -> folder == null
                                ? Policy.load(PolicySource.bundled(), name)
                                : Policy.load(
                                        PolicySource.files(),
                                        folder.resolve(name).toString()))
                        .toList());
    }

    /**
     * What the kernel is given.
     *
     * @throws PolicyException when the policy forbids what every jail needs
     */
    public BpfProgram program() {
        for (String name : DOOR) {
            int number = SyscallTable.byName(name).orElseThrow().number();
            if (!RuleEvaluator.decide(policy, SeccompData.of(number)).letsThrough()) {
                throw new PolicyException(policy.name() + ": does not allow " + name
                        + ", without which no jail can be closed and watched; add the line: " + name + ": 1");
            }
        }
        Action otherwise = policy.defaultAction();
        boolean kills = !otherwise.letsThrough() && otherwise.kind() != Action.Kind.ERRNO;
        Policy asked = kills || onViolation == OnViolation.LOG
                ? policy.withDefaultAction(new Action(Action.Kind.USER_NOTIF, 0))
                : policy;
        return FilterCompiler.compile(announcesReads ? withoutReads(asked) : asked);
    }

    /** What is not named waits for the guard. */
    private static Policy withoutReads(Policy policy) {
        List<Rule> rules = policy.rules().stream()
                .filter(rule -> !READS.contains(rule.syscall().name()))
                .toList();
        return new Policy(policy.name(), policy.defaultAction(), rules, policy.overridden(), policy.files());
    }

    /** What a forbidden call was and what would allow it. */
    String describe(SeccompData call) {
        return new Violation(policy, call).toString();
    }
}
