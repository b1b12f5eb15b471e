package crosvm.vmm.operation;

import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.module.kind.DiskControl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** A machine of 256 MiB that remembers what is done to its guest. */
final class FakeGuest implements GuestControl, AutoCloseable {
    static final long MEMORY = 256L << 20;

    final EventLoop loop = new EventLoop("fake guest");
    final List<String> done = new ArrayList<>();
    final BalloonDevice balloon = new BalloonDevice(MEMORY, 0, false, false);
    final List<DiskControl> disks = new ArrayList<>();
    State state = State.RUNNING;
    boolean ending;
    private Consumer<End> listener = end -> {};

    MachineContext machine() {
        MachineStats stats =
                new MachineStats("web", List.of(), List.of(), MEMORY, 0, OptionalLong.empty(), List.of(), Map.of());
        return new MachineContext(
                new MachineContext.Identity("web", 2, MEMORY, 3L, null),
                loop,
                this,
                disks,
                balloon,
                () -> stats,
                () -> Map.of("in", state.name()));
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public boolean isEnding() {
        return ending;
    }

    @Override
    public void suspend(Runnable when) {
        done.add("suspend");
        when.run();
    }

    @Override
    public void resume(Runnable when) {
        done.add("resume");
        when.run();
    }

    @Override
    public void pressPowerButton() {
        done.add("press");
    }

    @Override
    public void announceEnd() {
        done.add("announce");
    }

    @Override
    public void end() {
        done.add("end");
        ending = true;
    }

    @Override
    public void forceOff(String why) {
        done.add("force off: " + why);
        ending = true;
    }

    @Override
    public void onEnd(Consumer<End> told) {
        listener = told;
    }

    void ended(String reason, String detail) {
        listener.accept(new End(reason, detail));
    }

    @Override
    public void close() {
        loop.close();
    }
}
