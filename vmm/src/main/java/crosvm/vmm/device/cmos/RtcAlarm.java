package crosvm.vmm.device.cmos;

/**
 * When an MC146818's alarm is due: the three alarm registers as the guest wrote them, which the chip compares with the
 * registers of the time once a second (data sheet, "Time, Calendar, and Alarm Locations").
 */
record RtcAlarm(int seconds, int minutes, int hours, RtcFormat format) {
    private static final int HOUR = 3600;
    private static final int DAY = 24 * HOUR;
    /** The "don't care" codes are 0xc0 to 0xff. */
    private static final int ANY = 0xc0;

    /**
     * @param secondOfDay 0 to 86,399
     * @return how many seconds later the alarm is due: 1 to 86,400, or -1 when no time of day is written like that
     */
    int secondsAfter(int secondOfDay) {
        if (!canMatch(seconds)) {
            return -1;
        }
        int step = 1;
        while (step <= DAY) {
            int time = (secondOfDay + step) % DAY;
            if (!matches(hours, format.encodeHour(time / HOUR))) {
                step += HOUR - time % HOUR;
            } else if (!matches(minutes, format.encode(time / 60 % 60))) {
                step += 60 - time % 60;
            } else if (!matches(seconds, format.encode(time % 60))) {
                step++;
            } else {
                return step;
            }
        }
        return -1;
    }

    private boolean canMatch(int sixtieth) {
        int value = format.decode(sixtieth);
        return sixtieth >= ANY || value < 60 && format.encode(value) == sixtieth;
    }

    private static boolean matches(int alarm, int time) {
        return alarm >= ANY || alarm == time;
    }
}
