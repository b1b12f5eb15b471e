package crosvm.schema.lint;

import crosvm.schema.bind.FieldRule;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.PageSized;
import crosvm.schema.model.SizeRange;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.hibernate.validator.HibernateValidator;
import org.hibernate.validator.HibernateValidatorConfiguration;
import org.hibernate.validator.cfg.ConstraintMapping;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.jspecify.annotations.Nullable;

/**
 * The records' constraints checked by Hibernate Validator, for specs from anywhere: built by a Java program, or by the loader,
 * whose own quick check asks this for the verdict. Starting it takes a fifth of a second of processor time, more than all the rest
 * of linting a file, so it is started once, and only when there is something to decide. Immutable; any thread.
 */
public final class SpecValidator {
    /** Held here, for a logger that nobody holds forgets its level. Its one line about the version is no finding. */
    private static final Logger CHATTER = Logger.getLogger("org.hibernate.validator.internal.util.Version");

    private final Validator validator;

    private SpecValidator(Validator validator) {
        this.validator = validator;
    }

    /** The validator of this process; the first call starts it. */
    public static SpecValidator shared() {
        return Started.VALIDATOR;
    }

    /** Starts with the first call of {@link #shared}. */
    private static final class Started {
        static final SpecValidator VALIDATOR = create();
    }

    private static SpecValidator create() {
        CHATTER.setLevel(Level.WARNING);
        HibernateValidatorConfiguration configuration =
                Validation.byProvider(HibernateValidator.class).configure();
        ConstraintMapping mapping = configuration.createConstraintMapping();
        mapping.constraintDefinition(PageSized.class).validatedBy(PageSizedValidator.class);
        mapping.constraintDefinition(SizeRange.class).validatedBy(SizeRangeValidator.class);
        return new SpecValidator(configuration
                .ignoreXmlConfiguration()
                .messageInterpolator(new ParameterMessageInterpolator())
                .addMapping(mapping)
                .buildValidatorFactory()
                .getValidator());
    }

    /**
     * All violations, sorted by path.
     *
     * @param name how messages name the spec
     */
    public List<Problem> validate(String name, VmSpec spec) {
        return validator.validate(spec).stream()
                .map(v -> problem(name, v))
                .sorted((a, b) -> a.path().compareTo(b.path()))
                .toList();
    }

    private static Problem problem(String name, ConstraintViolation<VmSpec> violation) {
        FieldRule rule = ruleOf(violation.getConstraintDescriptor().getAnnotation());
        String path = path(violation.getPropertyPath());
        String message = "is " + violation.getInvalidValue() + ", " + violation.getMessage();
        return new Problem(name, Position.FILE, rule.severity(), rule, message, path, "");
    }

    /** As the loader writes it: {@code disks[0].id}, {@code guest.credentials.token.env}. */
    private static String path(Path path) {
        StringBuilder text = new StringBuilder();
        for (Path.Node node : path) {
            if (node.getIndex() != null) {
                text.append('[').append(node.getIndex()).append(']');
            } else if (node.getKey() != null) {
                text.append('.').append(node.getKey());
            }
            if (node.getKind() != ElementKind.CONTAINER_ELEMENT) {
                text.append(text.isEmpty() ? "" : ".").append(node.getName());
            }
        }
        return text.toString();
    }

    private static FieldRule ruleOf(Annotation constraint) {
        if (constraint instanceof Pattern) {
            return FieldRule.BAD_NAME;
        }
        if (constraint instanceof Size) {
            return FieldRule.BAD_LENGTH;
        }
        if (constraint instanceof NotBlank) {
            return FieldRule.BLANK;
        }
        return constraint instanceof PageSized ? FieldRule.NOT_PAGE_SIZED : FieldRule.OUT_OF_RANGE;
    }

    /** Checks {@link PageSized}. Public because Hibernate Validator makes it. */
    public static final class PageSizedValidator implements ConstraintValidator<PageSized, MemorySize> {
        @Override
        public boolean isValid(@Nullable MemorySize value, ConstraintValidatorContext context) {
            return value == null || value.bytes() % MemorySize.PAGE == 0;
        }
    }

    /** Checks {@link SizeRange}. Public because Hibernate Validator makes it. */
    public static final class SizeRangeValidator implements ConstraintValidator<SizeRange, MemorySize> {
        private MemorySize min = new MemorySize(0);
        private MemorySize max = new MemorySize(Long.MAX_VALUE);

        @Override
        public void initialize(SizeRange range) {
            min = MemorySize.parse(range.min());
            max = MemorySize.parse(range.max());
        }

        @Override
        public boolean isValid(@Nullable MemorySize value, ConstraintValidatorContext context) {
            return value == null || value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
        }
    }
}
