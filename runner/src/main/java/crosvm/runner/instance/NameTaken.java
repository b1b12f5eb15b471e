package crosvm.runner.instance;

/** A machine of that name is there already; nothing has been changed. */
public final class NameTaken extends RuntimeException {
    private static final long serialVersionUID = 1;

    NameTaken(String name) {
        super(name + ": a machine of that name is there already");
    }
}
