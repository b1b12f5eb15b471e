package crosvm.runner.network;

/** Hears what machines were refused outside, by their addresses. Called by one thread. */
interface EgressListener {
    /** What a machine was refused, for people; of what is refused again and again, not each. */
    void refused(String address, String text);

    /** How much a machine was refused since the last call. */
    void counted(String address, long packets, long names);
}
