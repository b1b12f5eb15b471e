package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstanceStateTest {
    @Test
    void comesBackFromItsTextAsItWas() {
        InstanceState state = States.dead("web", Phase.ENDED, 33);
        assertThat(InstanceState.fromJson(state.toJson())).isEqualTo(state);
        InstanceState running = States.alive("web", Phase.RUNNING);
        assertThat(InstanceState.fromJson(running.toJson())).isEqualTo(running);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}", "null", "{\"format\":1}", "{\"format\":2,\"name\":\"web\"}", "\u0000"})
    void isNothingForATextOfAnotherFormat(String text) {
        assertThat(InstanceState.fromJson(text)).isNull();
    }

    @Test
    void isNothingWhenAnyOneMemberIsMissingOrOfAnotherKind() {
        String text = States.dead("web", Phase.ENDED, 33).toJson();
        for (String member :
                new String[] {"name", "state", "pid", "processStart", "boot", "started", "since", "spec"}) {
            assertThat(InstanceState.fromJson(text.replace("\"" + member + "\":", "\"x\":")))
                    .as("without " + member)
                    .isNull();
            assertThat(InstanceState.fromJson(text.replace("\"" + member + "\":", "\"" + member + "\":[],\"x\":")))
                    .as(member + " is a list")
                    .isNull();
        }
    }

    /** Variables may be secrets, so that only a hash of them is kept. */
    @Test
    void isOfTheSameSpecWithTheSameFieldsAndVariables() {
        InstanceState.Launch web = States.launch("web", true);
        assertThat(web.isOfSameSpec(States.launch("web", false))).isTrue();
        assertThat(web.isOfSameSpec(States.launch("db", true))).isFalse();
        InstanceState other = InstanceState.fromJson(
                States.dead("web", Phase.ENDED, 0).toJson().replace("\"variables\":\"abc\"", "\"variables\":\"abd\""));
        assertThat(other).isNotNull();
        assertThat(web.isOfSameSpec(other.launch())).isFalse();
        InstanceState older = InstanceState.fromJson(
                States.dead("web", Phase.ENDED, 0).toJson().replace("\"variables\":", "\"hash\":"));
        assertThat(older).isNotNull();
        assertThat(older.launch().variables()).isEmpty();
    }

    @Test
    void diedWhenItsProcessIsGoneWithoutAWord() {
        assertThat(States.dead("web", Phase.RUNNING, null).phaseNow()).isEqualTo(Phase.DIED);
        assertThat(States.dead("web", Phase.RESTARTING, 33).phaseNow()).isEqualTo(Phase.DIED);
        assertThat(States.dead("web", Phase.ENDED, 0).phaseNow()).isEqualTo(Phase.ENDED);
        assertThat(States.alive("web", Phase.STARTING).phaseNow()).isEqualTo(Phase.STARTING);
    }

    @Test
    void countsAStartAgainWhenItIsAboutToHappen() {
        InstanceState running = States.alive("web", Phase.RUNNING);
        InstanceState again = running.after(Phase.RESTARTING, States.START, 33, "x");
        assertThat(again.restarts()).isEqualTo(running.restarts() + 1);
        assertThat(again.in(Phase.STARTING, States.START).status()).isEqualTo(33);
        assertThat(running.after(Phase.ENDED, States.START, 0, "x").restarts()).isEqualTo(running.restarts());
    }
}
