package crosvm.vmm.console;

import static crosvm.vmm.console.EscapeKey.Action.BREAK;
import static crosvm.vmm.console.EscapeKey.Action.HELP;
import static crosvm.vmm.console.EscapeKey.Action.NONE;
import static crosvm.vmm.console.EscapeKey.Action.PASS;
import static crosvm.vmm.console.EscapeKey.Action.PASS_BOTH;
import static crosvm.vmm.console.EscapeKey.Action.QUIT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EscapeKeyTest {
    private final EscapeKey key = new EscapeKey();

    private List<EscapeKey.Action> type(int... keys) {
        List<EscapeKey.Action> actions = new ArrayList<>();
        for (int k : keys) {
            actions.add(key.typed((byte) k));
        }
        return actions;
    }

    @Test
    void passesOrdinaryKeysAndControlC() {
        assertThat(type('x', 3, 26, 0xff)).containsExactly(PASS, PASS, PASS, PASS);
    }

    @Test
    void quitsOnCtrlAThenX() {
        assertThat(type(1, 'x')).containsExactly(NONE, QUIT);
        assertThat(type(1, 'X')).containsExactly(NONE, QUIT);
    }

    @Test
    void sendsOneCtrlAForTwo() {
        assertThat(type(1, 1, 'x')).containsExactly(NONE, PASS, PASS);
    }

    @Test
    void sendsABreakOnCtrlAThenB() {
        assertThat(type(1, 'b')).containsExactly(NONE, BREAK);
    }

    @Test
    void listsTheKeysOnCtrlAThenH() {
        assertThat(type(1, 'h', 1, 'H', 'h')).containsExactly(NONE, HELP, NONE, HELP, PASS);
        assertThat(EscapeKey.list("leave", true)).contains("Ctrl-A x       leave\n", "Ctrl-A b ", "Ctrl-A h ");
        assertThat(EscapeKey.list("leave", false)).doesNotContain("Ctrl-A b ");
    }

    @Test
    void passesCtrlAWithAnyOtherKey() {
        assertThat(type(1, 'e', 'x')).containsExactly(NONE, PASS_BOTH, PASS);
    }
}
