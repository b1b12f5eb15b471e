package crosvm.vmm.kvm;

import crosvm.vmm.linux.abi.KvmCpuid;
import java.nio.ByteBuffer;

/** One CPUID leaf: {@code function} is EAX, {@code index} ECX on entry; {@code flags} as in kvm_cpuid_entry2. */
public record CpuidEntry(int function, int index, int flags, int eax, int ebx, int ecx, int edx) {
    static CpuidEntry read(ByteBuffer bytes, int base) {
        return new CpuidEntry(
                (int) KvmCpuid.FUNCTION.get(bytes, base, 0),
                (int) KvmCpuid.INDEX.get(bytes, base, 0),
                (int) KvmCpuid.FLAGS.get(bytes, base, 0),
                (int) KvmCpuid.EAX.get(bytes, base, 0),
                (int) KvmCpuid.EBX.get(bytes, base, 0),
                (int) KvmCpuid.ECX.get(bytes, base, 0),
                (int) KvmCpuid.EDX.get(bytes, base, 0));
    }

    void write(ByteBuffer bytes, int base) {
        KvmCpuid.FUNCTION.set(bytes, base, 0, function);
        KvmCpuid.INDEX.set(bytes, base, 0, index);
        KvmCpuid.FLAGS.set(bytes, base, 0, flags);
        KvmCpuid.EAX.set(bytes, base, 0, eax);
        KvmCpuid.EBX.set(bytes, base, 0, ebx);
        KvmCpuid.ECX.set(bytes, base, 0, ecx);
        KvmCpuid.EDX.set(bytes, base, 0, edx);
    }

    public CpuidEntry withRegisters(int newEax, int newEbx, int newEcx, int newEdx) {
        return new CpuidEntry(function, index, flags, newEax, newEbx, newEcx, newEdx);
    }
}
