package crosvm.schema.model;

/** A guest that comes with crosvm. */
public enum BuiltinKernel {
    /** Greets over the serial port, tells what it sees, powers off. */
    HELLO,
    /** Does the same, but powers off when the power button is pressed. */
    IDLE
}
