package crosvm.runner.instance;

/**
 * What the doctor says about one thing of the host.
 *
 * @param level how bad
 * @param subject the thing
 * @param found what is the case
 * @param fix what to do about it; empty when nothing is to be done
 */
public record Finding(Level level, String subject, String found, String fix) {
    /** How bad something is. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Missing or odd, but only some machines need it. */
        NOTE,
        /** Machines, or this one, will not run. */
        PROBLEM
    }

    public static Finding ok(String subject, String found) {
        return new Finding(Level.OK, subject, found, "");
    }

    /** Something that only some machines need, or that will be put right by itself. */
    public static Finding note(String subject, String found, String fix) {
        return new Finding(Level.NOTE, subject, found, fix);
    }

    public static Finding problem(String subject, String found, String fix) {
        return new Finding(Level.PROBLEM, subject, found, fix);
    }
}
