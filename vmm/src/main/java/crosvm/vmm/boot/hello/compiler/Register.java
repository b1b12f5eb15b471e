package crosvm.vmm.boot.hello.compiler;

/** The general registers that compiled code uses; the ordinal is the processor's number. */
enum Register {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP
}
