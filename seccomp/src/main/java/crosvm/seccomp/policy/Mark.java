package crosvm.seccomp.policy;

/**
 * A place in a policy file.
 *
 * @param file the name the policy was read under
 * @param line from 1
 * @param column from 1, in UTF-16 units
 */
public record Mark(String file, int line, int column) implements Comparable<Mark> {

    @Override
    public int compareTo(Mark other) {
        int byFile = file.compareTo(other.file);
        if (byFile != 0) {
            return byFile;
        }
        return line != other.line ? Integer.compare(line, other.line) : Integer.compare(column, other.column);
    }

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
