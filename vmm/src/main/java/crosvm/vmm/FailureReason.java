package crosvm.vmm;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Why a file could not be opened, read or written, in words of the host. Java puts some errors into the exception's class, with
 * only the file's name for a message, and others behind the name.
 */
public final class FailureReason {
    private FailureReason() {}

    /** {@code permission denied}; never empty, a file's name or a class of {@code java.nio}. */
    public static String of(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "already exists";
        }
        if (e instanceof NotDirectoryException) {
            return "not a directory";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return "directory not empty";
        }
        if (e instanceof FileSystemLoopException) {
            return "too many levels of symbolic links";
        }
        String message = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
        if (message == null || message.isBlank()) {
            String word = e.getClass().getSimpleName().replaceAll("(IO)?Exception$", "");
            return word.isEmpty()
                    ? "input/output error"
                    : word.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(java.util.Locale.ROOT);
        }
        return Character.isUpperCase(message.charAt(0))
                        && message.length() > 1
                        && Character.isLowerCase(message.charAt(1))
                ? Character.toLowerCase(message.charAt(0)) + message.substring(1)
                : message;
    }
}
