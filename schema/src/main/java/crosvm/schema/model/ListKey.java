package crosvm.schema.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Names the field by which an item of a list is addressed in an override: {@code --set disks.root.path=x.img}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ListKey {
    /** The component's name. */
    String value();
}
