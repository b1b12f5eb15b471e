package crosvm.build;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Lambdas and method references of every kind that compilers make, and what they give. */
public final class Lambdas extends LambdasBase implements Supplier<List<String>> {
    private final List<String> given = new ArrayList<>();
    private final int field = 7;

    /** An interface with lambdas of its own. */
    interface Named {
        String name();

        static Named of(String name) {
            return () -> name;
        }

        default Supplier<String> twice() {
            return () -> name() + secret(name());
        }

        private String secret(String text) {
            return text;
        }
    }

    enum Way {
        UP(x -> x + 1),
        DOWN(x -> x - 1);

        private final IntUnaryOperator step;

        Way(IntUnaryOperator step) {
            this.step = step;
        }
    }

    private static final class Inner<T extends Comparable<T>> {
        private final T value;

        private Inner(T value) {
            this.value = value;
        }

        private boolean isLess(T other) {
            Function<T, Integer> compared = value::compareTo;
            return compared.apply(other) < 0;
        }
    }

    @FunctionalInterface
    private interface Wide {
        String join(byte a, short b, char c, boolean d, long e, float f, double g, Object h);
    }

    /** What each gives, in words. */
    @Override
    public List<String> get() {
        captures();
        references();
        conversions();
        exceptions();
        return given;
    }

    private void captures() {
        byte a = 1;
        short b = 2;
        char c = '3';
        boolean d = true;
        long e = 5L << 40;
        float f = 6.5f;
        double g = 7.25;
        Object h = "h";
        tell(() -> "" + a + b + c + d + e + f + g + h + field);
        Wide wide = (p, q, r, s, t, u, v, w) -> "" + p + q + r + s + t + u + v + w + a + e;
        tell(() -> wide.join(a, b, c, d, e, f, g, h));
        Supplier<Supplier<String>> nested = () -> () -> "nested " + field + e;
        tell(nested.get());
        tell(() -> Named.of("n").twice().get());
        tell(() -> Way.UP.step.applyAsInt(1) + " " + Way.DOWN.step.applyAsInt(1));
        Supplier<String> once = constant();
        tell(() -> "the same " + (once == constant()));
    }

    private static Supplier<String> constant() {
        return () -> "constant";
    }

    private void references() {
        tell(() -> Stream.of("b", "a").sorted(String::compareTo).toList().toString());
        Function<String, Inner<String>> made = Inner::new;
        tell(() -> String.valueOf(made.apply("x").isLess("y")));
        IntFunction<int[][]> arrays = int[][]::new;
        tell(() -> String.valueOf(arrays.apply(3).length));
        Consumer<String> added = given::add;
        added.accept("added");
        Supplier<String> own = this::own;
        tell(own);
        Supplier<String> above = super::own;
        tell(above);
        Supplier<String> inherited = super::inherited;
        tell(inherited);
        BiFunction<String, Object[], String> formatted = String::format;
        tell(() -> formatted.apply("%s", new Object[] {1}));
        Function<Object, String> varied = LambdasBase::varied;
        tell(() -> varied.apply("v"));
        Function<List<String>, Integer> size = List::size;
        tell(() -> size.apply(List.of("1")).toString());
    }

    private void conversions() {
        ToLongFunction<Integer> widened = Integer::intValue;
        ToDoubleFunction<Long> doubled = value -> value;
        Function<String, Object> boxed = Integer::parseInt;
        ToIntFunction<String> plain = Integer::valueOf;
        IntFunction<Object> object = Integer::valueOf;
        LongFunction<String> text = Long::toString;
        BiFunction<Integer, Integer, Integer> sum = Integer::sum;
        Function<Integer, Double> root = Math::sqrt;
        IntSupplier character = "a"::length;
        DoubleSupplier whole = "ab"::length;
        tell(() -> widened.applyAsLong(1 << 30) * 4 + " " + doubled.applyAsDouble(3L) + " " + boxed.apply("4"));
        tell(() -> plain.applyAsInt("5") + " " + object.apply(6) + " " + text.apply(7) + " " + sum.apply(8, 9));
        tell(() -> root.apply(16) + " " + character.getAsInt() + " " + whole.getAsDouble());
        Consumer<String> dropped = Long::parseLong;
        dropped.accept("1");
        Runnable wide = () -> System.nanoTime();
        wide.run();
        Supplier<String> kept = (Supplier<String> & Serializable) () -> "serializable";
        tell(kept);
    }

    private void exceptions() {
        Callable<String> failing = () -> {
            throw new Exception("thrown as it is");
        };
        try {
            tell(() -> "not " + failing);
            failing.call();
        } catch (Exception e) {
            given.set(given.size() - 1, e.getMessage());
        }
        Function<Object, String> wrong = uncheckedly(String::strip);
        try {
            given.add(wrong.apply(1));
        } catch (ClassCastException e) {
            given.add("a number is no text");
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> Function<Object, String> uncheckedly(Function<T, String> function) {
        return (Function<Object, String>) function;
    }

    @Override
    String own() {
        return "own";
    }

    private void tell(Supplier<String> text) {
        given.add(text.get());
    }
}
