package crosvm.build;

/** What {@link Lambdas} inherits. */
class LambdasBase {
    String own() {
        return "that of the class above";
    }

    protected String inherited() {
        return "inherited";
    }

    static String varied(Object... parts) {
        return parts.length + " parts";
    }
}
