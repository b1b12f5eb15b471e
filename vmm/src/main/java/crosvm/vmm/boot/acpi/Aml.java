package crosvm.vmm.boot.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A piece of AML, ACPI's byte code (ACPI 6.5 §20): terms as values, put together by the functions here and turned into
 * bytes by {@link #encode}. Immutable. Names of the functions are ASL's (§19).
 */
interface Aml {
    void encode(ByteArrayOutputStream out);

    /** The argument of a method, {@code Arg0} to {@code Arg6}. */
    static Aml arg(int index) {
        return op(0x68 + index);
    }

    /** An integer, in the shortest of its encodings. */
    static Aml integer(long value) {
        return out -> {
            if (value == 0 || value == 1) {
                out.write((int) value);
            } else {
                int size = Long.compareUnsigned(value, 0xff) <= 0
                        ? 1
                        : Long.compareUnsigned(value, 0xffff) <= 0
                                ? 2
                                : Long.compareUnsigned(value, 0xffff_ffffL) <= 0 ? 4 : 8;
                out.write(size == 1 ? 0x0a : size == 2 ? 0x0b : size == 4 ? 0x0c : 0x0e);
                for (int i = 0; i < size; i++) {
                    out.write((int) (value >>> 8 * i));
                }
            }
        };
    }

    static Aml string(String ascii) {
        return out -> {
            out.write(0x0d);
            out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
            out.write(0);
        };
    }

    /** A compressed EISA id such as {@code PNP0A08} (§19.3.4): three letters of 5 bits, four hexadecimal digits. */
    static Aml eisaId(String id) {
        int letters = id.charAt(0) - '@' << 10 | id.charAt(1) - '@' << 5 | id.charAt(2) - '@';
        int digits = Integer.parseInt(id.substring(3), 16);
        return integer(Integer.toUnsignedLong(Integer.reverseBytes(letters << 16 | digits)));
    }

    static Aml buffer(byte[] bytes) {
        return out -> packaged(out, new int[] {0x11}, body -> {
            integer(bytes.length).encode(body);
            body.writeBytes(bytes);
        });
    }

    static Aml pack(List<? extends Aml> elements) {
        return out -> packaged(out, new int[] {0x12}, body -> {
            body.write(elements.size());
            elements.forEach(element -> element.encode(body));
        });
    }

    /** {@code Name (path, value)}. */
    static Aml name(String path, Aml value) {
        return out -> {
            out.write(0x08);
            path(path).encode(out);
            value.encode(out);
        };
    }

    static Aml scope(String path, List<Aml> terms) {
        return out -> packaged(out, new int[] {0x10}, body -> named(path, terms, body));
    }

    static Aml device(String path, List<Aml> terms) {
        return out -> packaged(out, new int[] {0x5b, 0x82}, body -> named(path, terms, body));
    }

    static Aml method(String path, int arguments, List<Aml> terms) {
        return out -> packaged(out, new int[] {0x14}, body -> {
            path(path).encode(body);
            body.write(arguments);
            terms.forEach(term -> term.encode(body));
        });
    }

    /** {@code If (LEqual (a, b)) {terms}}. */
    static Aml ifEqual(Aml a, Aml b, List<Aml> terms) {
        return out -> packaged(out, new int[] {0xa0}, body -> {
            body.write(0x93);
            a.encode(body);
            b.encode(body);
            terms.forEach(term -> term.encode(body));
        });
    }

    static Aml returns(Aml value) {
        return out -> {
            out.write(0xa4);
            value.encode(out);
        };
    }

    static Aml createDwordField(Aml buffer, int byteIndex, String name) {
        return out -> {
            out.write(0x8a);
            buffer.encode(out);
            integer(byteIndex).encode(out);
            path(name).encode(out);
        };
    }

    /** {@code Or (name, bits, name)}. */
    static Aml setBits(String name, long bits) {
        return out -> {
            out.write(0x7d);
            path(name).encode(out);
            integer(bits).encode(out);
            path(name).encode(out);
        };
    }

    /** A name string (§20.2.2): an optional root prefix, then segments of four characters. */
    static Aml path(String path) {
        return out -> {
            boolean root = path.startsWith("\\");
            if (root) {
                out.write('\\');
            }
            String[] segments = (root ? path.substring(1) : path).split("\\.");
            if (segments.length == 2) {
                out.write(0x2e);
            } else if (segments.length > 2) {
                out.write(0x2f);
                out.write(segments.length);
            }
            for (String segment : segments) {
                if (!segment.matches("[A-Z_][A-Z_0-9]{0,3}")) {
                    throw new IllegalArgumentException("AML name " + path);
                }
                out.writeBytes((segment + "___").substring(0, 4).getBytes(StandardCharsets.US_ASCII));
            }
        };
    }

    static byte[] bytes(List<Aml> terms) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        terms.forEach(term -> term.encode(out));
        return out.toByteArray();
    }

    private static Aml op(int code) {
        return out -> out.write(code);
    }

    private static void named(String path, List<Aml> terms, ByteArrayOutputStream body) {
        path(path).encode(body);
        terms.forEach(term -> term.encode(body));
    }

    /** An opcode, a package length that counts itself (§20.2.4), and the body. */
    private static void packaged(ByteArrayOutputStream out, int[] opcode, Aml content) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        content.encode(body);
        for (int b : opcode) {
            out.write(b);
        }
        int length = body.size();
        if (length + 1 <= 0x3f) {
            out.write(length + 1);
        } else {
            int more = length + 2 <= 0xfff ? 1 : length + 3 <= 0xf_ffff ? 2 : 3;
            int total = length + 1 + more;
            out.write(more << 6 | total & 0xf);
            for (int i = 0; i < more; i++) {
                out.write(total >>> 4 + 8 * i);
            }
        }
        out.writeBytes(body.toByteArray());
    }
}
