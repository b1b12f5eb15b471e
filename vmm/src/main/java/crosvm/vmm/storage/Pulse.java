package crosvm.vmm.storage;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Asks a program again and again whether it runs, on a thread of its own, until it does not answer or this is closed. */
final class Pulse implements AutoCloseable {
    private final int milliseconds;
    private final Runnable question;
    private final Consumer<String> hung;
    private final CountDownLatch end = new CountDownLatch(1);

    /**
     * @param milliseconds between an answer and the next question
     * @param question throws {@link QmpException} when it is not answered
     * @param hung gets the reason then, once, unless this has been closed; on the pulse's thread
     */
    Pulse(int milliseconds, Runnable question, Consumer<String> hung) {
        this.milliseconds = milliseconds;
        this.question = question;
        this.hung = hung;
    }

    /** @param name of the thread */
    void start(String name) {
        Thread thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!end.await(milliseconds, TimeUnit.MILLISECONDS)) {
                question.run();
            }
        } catch (QmpException e) {
            if (end.getCount() > 0) {
                hung.accept(String.valueOf(e.getMessage()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Does not wait for a question that is under way. */
    @Override
    public void close() {
        end.countDown();
    }
}
