package crosvm.vmm.device.cmos;

/**
 * How an MC146818's registers B say that numbers and hours are written: binary or BCD, 24 or 12 hours (data sheet,
 * "Time, Calendar, and Alarm Locations").
 */
record RtcFormat(boolean binary, boolean hours24) {
    private static final int PM = 0x80;

    int encode(int value) {
        return binary ? value : value / 10 << 4 | value % 10;
    }

    /** BCD digits above 9 count on, as they do in the chip's adders' absence: 0x1f is 25. */
    int decode(int register) {
        return binary ? register : (register >> 4) * 10 + (register & 0x0f);
    }

    int encodeHour(int hour) {
        if (hours24) {
            return encode(hour);
        }
        int twelve = hour % 12 == 0 ? 12 : hour % 12;
        return encode(twelve) | (hour >= 12 ? PM : 0);
    }

    int decodeHour(int register) {
        if (hours24) {
            return decode(register);
        }
        return decode(register & ~PM) % 12 + ((register & PM) != 0 ? 12 : 0);
    }
}
