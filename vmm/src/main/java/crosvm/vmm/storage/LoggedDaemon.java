package crosvm.vmm.storage;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.jail.HandedFiles;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.jail.ProcessLog;
import java.nio.file.Path;
import java.util.List;

/**
 * A {@link StorageDaemon} beside no machine, for a task: bound by its own policy, its messages in our log. Used by one thread,
 * which must live as long as this does.
 */
final class LoggedDaemon implements AutoCloseable {
    private final EventLoop loop;
    private final ProcessLog log;
    private final StorageDaemon daemon;

    /**
     * Starts it and waits until its jail is closed.
     *
     * @param task what it is for, in messages
     * @param image what it is to read first
     * @param handed what it can open; taken over
     * @param options of its command line
     * @param fileBytes how far it may write into a file
     * @throws VmmException naming the image, when it does not start
     */
    LoggedDaemon(String task, Path image, HandedFiles handed, List<String> options, long fileBytes) {
        JailPolicy policy =
                new JailPolicy(JailPolicy.load(null, task, List.of(StorageDaemon.POLICY)), JailPolicy.OnViolation.KILL);
        loop = new EventLoop(task);
        Thread thread = new Thread(loop::run, task + "-log");
        thread.setDaemon(true);
        thread.start();
        log = new ProcessLog(image.toString(), loop);
        try {
            daemon = StorageDaemon.start(task, policy, log.writer(), handed, options, fileBytes, -1);
        } catch (RuntimeException e) {
            log.close();
            loop.stop();
            throw e;
        }
        try {
            log.letGoOfWriter();
            daemon.await();
        } catch (VmmException e) {
            log.mute(); // The reason is in the message.
            VmmException told = StorageDaemon.refusal(image, e, log.lastWords());
            close();
            throw told;
        }
    }

    StorageDaemon daemon() {
        return daemon;
    }

    @Override
    public void close() {
        try {
            daemon.close();
        } finally {
            log.close();
            loop.stop();
        }
    }
}
