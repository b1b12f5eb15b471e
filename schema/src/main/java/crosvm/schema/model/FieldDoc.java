package crosvm.schema.model;

/**
 * What {@link Doc} says of one field, apart from where it is read from; each component means what the element of that name does.
 */
public record FieldDoc(
        String value,
        String example,
        String defaultValue,
        String derived,
        String flag,
        String shortFlag,
        boolean fileOnly,
        String absentWord,
        boolean socketName,
        boolean words) {
    static FieldDoc of(Doc doc) {
        return new FieldDoc(
                doc.value(),
                doc.example(),
                doc.defaultValue(),
                doc.derived(),
                doc.flag(),
                doc.shortFlag(),
                doc.fileOnly(),
                doc.absentWord(),
                doc.socketName(),
                doc.words());
    }
}
