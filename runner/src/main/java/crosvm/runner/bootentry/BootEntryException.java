package crosvm.runner.bootentry;

/** An image from which nothing can be booted as its boot loader would; the message goes on behind the image's name. */
final class BootEntryException extends Exception {
    private static final long serialVersionUID = 1;

    BootEntryException(String message) {
        super(message);
    }
}
