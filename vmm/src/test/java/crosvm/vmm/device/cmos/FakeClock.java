package crosvm.vmm.device.cmos;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that the test sets. */
final class FakeClock extends Clock {
    Instant now = Instant.parse("2026-11-24T21:05:09.5Z"); // a Tuesday

    @Override
    public ZoneId getZone() {
        return ZoneOffset.ofHours(9);
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return now;
    }
}
