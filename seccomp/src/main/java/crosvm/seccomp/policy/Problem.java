package crosvm.seccomp.policy;

/** One thing wrong (or, from a review, needless) in a policy, and where. */
public record Problem(Mark mark, String message) implements Comparable<Problem> {

    @Override
    public int compareTo(Problem other) {
        int byMark = mark.compareTo(other.mark);
        return byMark != 0 ? byMark : message.compareTo(other.message);
    }

    @Override
    public String toString() {
        return mark + ": " + message;
    }
}
