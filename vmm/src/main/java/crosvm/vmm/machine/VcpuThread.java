package crosvm.vmm.machine;

import crosvm.vmm.LittleEndian;
import crosvm.vmm.bus.Bus;
import crosvm.vmm.event.Uninterruptibly;
import crosvm.vmm.kvm.ExitReason;
import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.kvm.VcpuKick;
import crosvm.vmm.linux.abi.KvmRun;
import crosvm.vmm.machine.Shutdown.Reason;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One vCPU's thread: KVM_RUN, answer the exit, again, until told to stop. It owns the vCPU from {@link #start()} to
 * {@link #join()}. No lock is held across KVM_RUN and nothing is allocated per exit.
 */
final class VcpuThread {
    private static final int IO_OUT = 1;
    private static final int SYSTEM_EVENT_SHUTDOWN = 1;
    private static final int SYSTEM_EVENT_RESET = 2;
    private static final int SYSTEM_EVENT_CRASH = 3;

    /** What the thread is to do; changed under {@link #gate}. */
    private enum Order {
        RUN,
        REST,
        STOP
    }

    private final KvmVcpu vcpu;
    private final Bus ports;
    private final Bus mmio;
    private final Consumer<Shutdown> onShutdown;
    private final Thread thread;
    private final CountDownLatch installed = new CountDownLatch(1);
    private final AtomicLongArray exits = new AtomicLongArray(ExitReason.values().length);
    private volatile Order order = Order.RUN;
    private final Object gate = new Object();
    private Runnable atRest = () -> {};
    private long orders;
    private final Object kickLock = new Object();
    private @Nullable VcpuKick kick;

    VcpuThread(KvmVcpu vcpu, Bus ports, Bus mmio, Consumer<Shutdown> onShutdown) {
        this.vcpu = vcpu;
        this.ports = ports;
        this.mmio = mmio;
        this.onShutdown = onShutdown;
        this.thread = new Thread(this::runToTheEnd, "vcpu-" + vcpu.id());
        this.thread.setDaemon(true);
    }

    /** Starts the thread and waits until it can be kicked. */
    void start() {
        thread.start();
        Uninterruptibly.run(installed::await);
    }

    /** Tells the vCPU to leave the guest for good. Any thread. */
    void stop() {
        give(Order.STOP, () -> {});
    }

    /**
     * Tells the vCPU to leave the guest until {@link #goOn()}. While it rests, whoever made it rest owns the vCPU. Any thread.
     *
     * @param resting called on the vCPU's thread once it has left the guest; never when the machine ends before
     */
    void rest(Runnable resting) {
        give(Order.REST, resting);
    }

    /** Lets a resting vCPU back into the guest. Any thread. */
    void goOn() {
        give(Order.RUN, () -> {});
    }

    private void give(Order wanted, Runnable resting) {
        synchronized (gate) {
            if (order == Order.STOP) {
                return;
            }
            atRest = resting;
            order = wanted;
            orders++;
            gate.notifyAll();
        }
        if (wanted == Order.RUN) {
            return;
        }
        synchronized (kickLock) {
            if (kick != null) {
                kick.kick();
            }
        }
    }

    /** Waits for the thread's end after {@link #stop()}. */
    void join() throws InterruptedException {
        thread.join();
    }

    /** Its number in the machine, from 0. */
    int id() {
        return vcpu.id();
    }

    /** How often each {@link ExitReason} came to user space so far, by ordinal. Any thread. */
    AtomicLongArray exits() {
        return exits;
    }

    private void runToTheEnd() {
        VcpuKick kicks = null;
        try {
            kicks = VcpuKick.install(vcpu);
            setKick(kicks);
            installed.countDown();
            runLoop(kicks);
        } catch (Throwable e) {
            onShutdown.accept(new Shutdown(Reason.FAILED, thread.getName() + ": " + describe(e)));
        } finally {
            setKick(null);
            if (kicks != null) {
                // A dying Java thread gets its first signal mask back, and a kick still pending then kills the JVM.
                kicks.drain();
            }
            installed.countDown();
        }
    }

    private void setKick(@Nullable VcpuKick kicks) {
        synchronized (kickLock) {
            kick = kicks;
        }
    }

    private static String describe(Throwable e) {
        return e instanceof crosvm.vmm.VmmException ? String.valueOf(e.getMessage()) : e.toString();
    }

    private void runLoop(VcpuKick kicks) {
        ByteBuffer run = vcpu.runPage();
        while (order == Order.RUN || mayGoOn()) {
            int reason = vcpu.run();
            if (reason < 0) {
                kicks.drain(); // Before the flag is read again, or a kick between the two is lost.
                count(ExitReason.INTR);
                continue;
            }
            ExitReason exit = ExitReason.of(reason);
            count(exit);
            switch (exit) {
                case IO -> portAccess(run);
                case MMIO -> mmioAccess(run);
                case INTR, IRQ_WINDOW_OPEN, SET_TPR -> {}
                default -> {
                    end(exit, reason, run);
                    return;
                }
            }
        }
    }

    /** Rests for as long as the order says so; false when it is to stop. */
    private boolean mayGoOn() {
        long told = -1;
        while (true) {
            Runnable resting;
            synchronized (gate) {
                // A rest that begins before this thread has woken up from the last one is one of its own.
                while (order == Order.REST && orders == told) {
                    try {
                        gate.wait();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return false;
                    }
                }
                if (order != Order.REST) {
                    return order == Order.RUN;
                }
                resting = atRest;
                told = orders;
            }
            resting.run();
        }
    }

    /** Only this thread writes, so a plain read and an ordered write do. */
    private void count(ExitReason exit) {
        int i = exit.ordinal();
        exits.setOpaque(i, exits.getPlain(i) + 1);
    }

    /** KVM_EXIT_IO: {@code count} accesses of {@code size} bytes, their data in the run page (a string instruction has many). */
    private void portAccess(ByteBuffer run) {
        int size = (int) KvmRun.IO_SIZE.get(run);
        int port = (int) KvmRun.IO_PORT.get(run);
        int count = (int) KvmRun.IO_COUNT.get(run);
        int at = (int) KvmRun.IO_DATA_OFFSET.get(run);
        boolean out = KvmRun.IO_DIRECTION.get(run) == IO_OUT;
        for (int i = 0; i < count; i++, at += size) {
            if (out) {
                ports.write(port, size, LittleEndian.get(run, at, size));
            } else {
                LittleEndian.put(run, at, size, ports.read(port, size));
            }
        }
    }

    private void mmioAccess(ByteBuffer run) {
        long address = KvmRun.MMIO_PHYS_ADDR.get(run);
        int length = (int) KvmRun.MMIO_LEN.get(run);
        int data = KvmRun.MMIO_DATA.offset();
        if (KvmRun.MMIO_IS_WRITE.get(run) != 0) {
            mmio.write(address, length, LittleEndian.get(run, data, length));
        } else {
            LittleEndian.put(run, data, length, mmio.read(address, length));
        }
    }

    private void end(ExitReason exit, int number, ByteBuffer run) {
        Reason reason = Reason.FAILED;
        String what;
        switch (exit) {
            case SHUTDOWN -> {
                reason = Reason.TRIPLE_FAULT;
                what = "triple fault";
            }
            case SYSTEM_EVENT -> {
                int type = (int) KvmRun.SYSTEM_EVENT_TYPE.get(run);
                reason = switch (type) {
                    case SYSTEM_EVENT_SHUTDOWN -> Reason.POWER_OFF;
                    case SYSTEM_EVENT_RESET -> Reason.RESET;
                    case SYSTEM_EVENT_CRASH -> Reason.PANIC;
                    default -> Reason.FAILED;
                };
                what = "system event " + type;
            }
            case HLT -> what = "the guest halted where KVM's interrupt controller cannot wake it";
            case FAIL_ENTRY ->
                what = "the processor refused to enter the guest: hardware reason 0x"
                        + Long.toHexString(KvmRun.FAIL_ENTRY_REASON.get(run));
            case INTERNAL_ERROR -> what = internalError(run);
            default ->
                what = "KVM exit " + (exit == ExitReason.UNLISTED ? number : exit.name()) + ", which is unexpected";
        }
        onShutdown.accept(new Shutdown(reason, "vCPU " + vcpu.id() + ": " + what + VcpuRegisters.describe(vcpu)));
    }

    /** KVM_INTERNAL_ERROR_* (linux/kvm.h). */
    private static String internalError(ByteBuffer run) {
        int suberror = (int) KvmRun.INTERNAL_SUBERROR.get(run);
        String name = switch (suberror) {
            case 1 -> "an instruction could not be emulated";
            case 2 -> "simultaneous exceptions";
            case 3 -> "an event could not be delivered";
            case 4 -> "an unexpected exit reason";
            default -> "unnamed";
        };
        StringBuilder text = new StringBuilder("KVM internal error " + suberror + " (" + name + ")");
        long data = Math.min(KvmRun.INTERNAL_NDATA.get(run), KvmRun.INTERNAL_DATA.count());
        for (int i = 0; i < data; i++) {
            text.append(i == 0 ? ", data " : " ").append(Long.toHexString(KvmRun.INTERNAL_DATA.get(run, 0, i)));
        }
        return text.toString();
    }
}
