package crosvm.vmm.machine;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.operation.GuestControl.State;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes all vCPUs out of the guest and lets them back in. Devices go on meanwhile: what the guest has asked of them gets done,
 * and their interrupts wait for it. Belongs to the main loop; nothing here waits.
 */
final class Suspension {
    private final List<VcpuThread> vcpus;
    private final GuestTime time;
    private final EventLoop loop;
    private final List<Runnable> whenSuspended = new ArrayList<>();
    private volatile State state = State.RUNNING;
    private int inGuest;

    Suspension(List<VcpuThread> vcpus, GuestTime time, EventLoop loop) {
        this.vcpus = vcpus;
        this.time = time;
        this.loop = loop;
    }

    State state() {
        return state;
    }

    /** @param done called when no vCPU is in the guest any more; never when the machine ends before */
    void suspend(Runnable done) {
        if (state == State.SUSPENDED) {
            done.run();
            return;
        }
        whenSuspended.add(done);
        if (state == State.RUNNING) {
            state = State.SUSPENDING;
            inGuest = vcpus.size();
            vcpus.forEach(vcpu -> vcpu.rest(() -> loop.post(this::oneLess)));
        }
    }

    private void oneLess() {
        inGuest--;
        if (inGuest == 0) {
            time.stop();
            state = State.SUSPENDED;
            List<Runnable> waiting = List.copyOf(whenSuspended);
            whenSuspended.clear();
            for (Runnable one : waiting) {
                if (state == State.SUSPENDED) {
                    one.run();
                } else {
                    suspend(one); // One before it has let the vCPUs go on.
                }
            }
        }
    }

    /** @param done called when the vCPUs may go on; after the suspending that is under way, if any */
    void resume(Runnable done) {
        switch (state) {
            case RUNNING -> done.run();
            case SUSPENDING -> whenSuspended.add(() -> resume(done));
            case SUSPENDED -> {
                time.goOn();
                state = State.RUNNING;
                vcpus.forEach(VcpuThread::goOn);
                done.run();
            }
        }
    }
}
