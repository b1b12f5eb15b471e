package crosvm.vmm.graph;

import crosvm.vmm.VmmException;

/** A spec that no machine can be made of, although each of its fields is right by itself. */
public final class PlanException extends VmmException {
    private static final long serialVersionUID = 1;

    private final String field;

    /**
     * @param field the field to change: {@code disks}
     * @param message what is wrong and what to do, without the field
     */
    public PlanException(String field, String message) {
        super(field + ": " + message);
        this.field = field;
    }

    /** The field to change, as a path in the spec. */
    public String field() {
        return field;
    }
}
