package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a running machine says of itself at this moment.
 *
 * @param state {@code running}, {@code suspended}, …; null when it was not asked
 * @param balloon what its balloon holds, in bytes; null when it has none or was not asked
 * @param cid its guest's vsock context id; likewise
 */
public record LiveStatus(
        @Nullable String state,
        @Nullable Long balloon,
        @Nullable Long cid) {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** Of a machine that is not asked. */
    public static LiveStatus none() {
        return new LiveStatus(null, null, null);
    }

    /** Asks a machine; one that does not answer within two seconds is {@code unresponsive}. */
    public static LiveStatus ask(StateFolder folder) {
        try (ControlClient client = ControlClient.connect(folder.name(), folder.controlSocket())) {
            Map<String, @Nullable Object> status = client.ask("status", Map.of(), TIMEOUT);
            Long holds =
                    status.get("balloon") instanceof Map<?, ?> balloon && balloon.get("actual") instanceof Long actual
                            ? actual
                            : null;
            return new LiveStatus(
                    String.valueOf(status.get("state")), holds, status.get("cid") instanceof Long cid ? cid : null);
        } catch (FailedException | ControlClient.Refused e) {
            return new LiveStatus("unresponsive", null, null);
        } catch (ControlClient.Ended e) {
            return new LiveStatus("ending", null, null);
        }
    }
}
