package crosvm.vmm.operation;

import crosvm.schema.model.MemorySize;
import crosvm.vmm.control.Argument;
import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.control.ErrorCode;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import crosvm.vmm.device.balloon.BalloonDevice;
import java.util.List;
import java.util.Map;

/** {@code balloon}: how large the balloon is, and is to be. The guest follows when it can; the answer does not wait for it. */
final class BalloonOperation implements Operation {
    private static final String SIZE = "size";
    private static final String PAGES = "pages";

    private final MachineContext machine;

    BalloonOperation(MachineContext machine) {
        this.machine = machine;
    }

    @Override
    public String name() {
        return "balloon";
    }

    @Override
    public String help() {
        return "show the balloon's target and actual size in bytes; set the target if one is given";
    }

    @Override
    public List<Argument> arguments() {
        return List.of(
                new Argument(SIZE, "the new target in bytes, a multiple of " + MemorySize.PAGE + "; optional"),
                new Argument(
                        PAGES, "pages to add to the target, or to take away if negative; optional, not with size"));
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        BalloonDevice device = machine.requireBalloon();
        Long size = arguments.number(SIZE);
        Long pages = arguments.number(PAGES);
        if (size != null && pages != null) {
            throw new ControlException(ErrorCode.BAD_ARGUMENT, "size and pages are mutually exclusive");
        }
        if (size != null) {
            setTarget(device, SIZE, size);
        } else if (pages != null) {
            long most = machine.identity().memoryBytes() / MemorySize.PAGE;
            long clipped = Math.max(-most - 1, Math.min(most + 1, pages)); // So that the sum cannot overflow.
            setTarget(device, PAGES, device.target() + clipped * MemorySize.PAGE);
        }
        reply.result(sizes(device));
    }

    static Map<String, Object> sizes(BalloonDevice balloon) {
        return Map.of("target", balloon.target(), "actual", balloon.actual());
    }

    private void setTarget(BalloonDevice device, String argument, long bytes) {
        long memory = machine.identity().memoryBytes();
        if (bytes < 0 || bytes > memory || bytes % MemorySize.PAGE != 0) {
            throw new ControlException(
                    ErrorCode.BAD_ARGUMENT,
                    argument + ": the balloon would become " + bytes + " bytes; it must be a multiple of "
                            + MemorySize.PAGE + ", from 0 to the machine's memory of " + new MemorySize(memory)
                            + ", and has " + new MemorySize(device.target()));
        }
        device.setTarget(bytes);
    }
}
