package crosvm.vmm.linux.jna;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Structure;
import java.lang.reflect.Field;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** Against the JNA that is used: another version may have other fields, or remember them elsewhere. */
class FfiTypeFieldsTest {
    @Test
    void saysWhatTheAnnotationSays() throws Exception {
        Structure.FieldOrder order = Class.forName(FfiTypeFields.TYPE).getAnnotation(Structure.FieldOrder.class);
        assertThat(order.value()).containsExactlyElementsOf(FfiTypeFields.ORDER);
    }

    @Test
    void isWhatJnaRemembers() throws Exception {
        Class<?> type = Class.forName(FfiTypeFields.TYPE);
        Field memory = Structure.class.getDeclaredField("fieldOrder");
        memory.setAccessible(true);
        Map<?, ?> known = (Map<?, ?>) memory.get(null);
        known.remove(type);
        FfiTypeFields.remember();
        assertThat(known.get(type)).asInstanceOf(InstanceOfAssertFactories.LIST).isSameAs(FfiTypeFields.ORDER);
    }
}
