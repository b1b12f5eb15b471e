package crosvm.vmm.operation;

import crosvm.vmm.control.Arguments;
import crosvm.vmm.control.Operation;
import crosvm.vmm.control.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code wait}: answers when the machine has ended. */
final class WaitOperation implements Operation {
    private final List<Reply> waiting = new ArrayList<>();

    WaitOperation(GuestControl guest) {
        guest.onEnd(this::answerAll);
    }

    @Override
    public String name() {
        return "wait";
    }

    @Override
    public String help() {
        return "answer when the machine has ended, with the reason and a detail";
    }

    @Override
    public void run(Arguments arguments, Reply reply) {
        waiting.removeIf(Reply::isGone); // Or clients that come and go would fill the memory.
        waiting.add(reply);
    }

    private void answerAll(GuestControl.End how) {
        waiting.forEach(reply -> reply.result(Map.of("reason", how.reason(), "detail", how.detail())));
        waiting.clear();
    }
}
