package crosvm.vmm.machine;

import crosvm.schema.model.EnumWord;
import crosvm.vmm.machine.Shutdown.Reason;
import crosvm.vmm.operation.GuestControl;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The guest of a machine in the hands of its operations. Belongs to the main loop. */
final class RunningGuest implements GuestControl {
    private final EndOfGuest end;
    private final Suspension suspension;
    private final Runnable powerButton;
    private final List<Consumer<End>> listeners = new ArrayList<>();
    private volatile boolean endWanted;

    RunningGuest(EndOfGuest end, Suspension suspension, Runnable powerButton) {
        this.end = end;
        this.suspension = suspension;
        this.powerButton = powerButton;
    }

    @Override
    public State state() {
        return suspension.state();
    }

    @Override
    public boolean isEnding() {
        return end.isDecided();
    }

    @Override
    public void suspend(Runnable done) {
        suspension.suspend(done);
    }

    @Override
    public void resume(Runnable done) {
        suspension.resume(done);
    }

    @Override
    public void pressPowerButton() {
        powerButton.run();
    }

    @Override
    public void announceEnd() {
        endWanted = true;
    }

    /** Whether {@link #announceEnd()} was called. Any thread. */
    boolean isEndWanted() {
        return endWanted;
    }

    @Override
    public void end() {
        end.end(Shutdown.of(Reason.STOPPED));
    }

    @Override
    public void forceOff(String why) {
        end.end(new Shutdown(Reason.FORCED_OFF, why));
    }

    @Override
    public void onEnd(Consumer<End> listener) {
        listeners.add(listener);
    }

    /** The machine has ended; its resources are still there. */
    void ended(Shutdown how) {
        End told = new End(EnumWord.of(how.reason()), how.detail());
        listeners.forEach(listener -> listener.accept(told));
    }
}
