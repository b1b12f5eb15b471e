package crosvm.runner.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OrderTest {
    private static ByteBuffer bytes(String... texts) {
        ByteBuffer all = ByteBuffer.allocate(1000);
        for (String text : texts) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            all.putInt(utf8.length).put(utf8);
        }
        return all.flip();
    }

    @Test
    void readsWordsAndVariables() {
        Order order = Order.parse(bytes("it", "2", "up", "a b.yaml", "A=1=2", "EMPTY=", "ÄÖ=ü", "none", "=x"));
        assertThat(order)
                .isEqualTo(new Order("it", List.of("up", "a b.yaml"), Map.of("A", "1=2", "EMPTY", "", "ÄÖ", "ü")));
    }

    @Test
    void readsWhatItWrites() {
        Order order = new Order("it is", List.of("up", "", "ä b.yaml"), Map.of("A", "1=2", "EMPTY", "", "ÄÖ", "ü"));
        ByteBuffer all = ByteBuffer.wrap(order.toBytes());
        assertThat(all.getInt()).isEqualTo(all.remaining());
        assertThat(Order.parse(all)).isEqualTo(order);
    }

    @Test
    void refusesWhatIsNoOrder() {
        assertThat(Order.parse(bytes())).isNull();
        assertThat(Order.parse(bytes("it"))).isNull();
        assertThat(Order.parse(bytes("it", "3", "up", "x"))).isNull();
        assertThat(Order.parse(bytes("it", "-1", "up"))).isNull();
        assertThat(Order.parse(bytes("it", "9999999999", "up"))).isNull();
        assertThat(Order.parse(bytes("it", "1", "up").limit(10))).isNull();
        assertThat(Order.parse(ByteBuffer.allocate(8).putInt(0, -5))).isNull();
    }

    @Test
    void takesAnyBytesWithoutAFailure() {
        Random random = new Random(11);
        for (int i = 0; i < 2000; i++) {
            ByteBuffer all = bytes("it", "1", "up", "A=1");
            for (int k = 0; k < 3; k++) {
                all.put(random.nextInt(all.limit()), (byte) random.nextInt());
            }
            Order order = Order.parse(all);
            assertThat(order == null || order.words().size() <= all.limit()).isTrue();
        }
    }

    @Test
    void doesNotShowVariables() {
        assertThat(String.valueOf(Order.parse(bytes("it", "1", "up", "TOKEN=secret"))))
                .doesNotContain("secret");
    }
}
