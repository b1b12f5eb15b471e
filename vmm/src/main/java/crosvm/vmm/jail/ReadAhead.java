package crosvm.vmm.jail;

/**
 * Is told of each part of its file that a jailed program is going to read, before it does: for a file whose content is fetched
 * when it is wanted.
 */
@FunctionalInterface
public interface ReadAhead {
    /**
     * Called by the guard's thread, the program waiting.
     *
     * @param position bytes from the file's beginning, 0 or more
     * @param length 0 or more; both are the program's words, which is not trusted
     * @return whether the part is there; the program's read fails when not
     */
    boolean fetch(long position, long length);
}
