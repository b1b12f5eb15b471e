package crosvm.runner.instance;

/** A machine of that name is there already; nothing has been changed. */
public final class NameTakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NameTakenException(String name) {
        super(name + ": a machine of that name already exists");
    }
}
