package crosvm.runner.event;

import crosvm.runner.event.MachineChanges.Look;
import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.LiveStatus;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.Phase;
import crosvm.runner.instance.ProcessKey;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Watches a user's machines: their state files by inotify, their ends by asking each to tell its own, and once a second whether they
 * run or are suspended. Used by one thread.
 */
public final class EventWatch implements AutoCloseable {
    private static final long LOOK_AGAIN_MILLIS = 1_000;

    /** How long the process of a machine that has ended may take to be gone. */
    private static final long END_SECONDS = 20;

    private static final WatchEvent.Kind<?>[] KINDS = {
        StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE, StandardWatchEventKinds.ENTRY_MODIFY
    };

    private final StateFolders folders;
    private final Predicate<String> wanted;
    private final WatchService inotify;
    private final Map<Path, WatchKey> watched = new HashMap<>();
    private final Map<String, Awaited> awaited = new LinkedHashMap<>();
    private final MachineChanges changes = new MachineChanges(Clock.systemUTC());

    private EventWatch(StateFolders folders, Predicate<String> wanted, WatchService inotify) {
        this.folders = folders;
        this.wanted = wanted;
        this.inotify = inotify;
    }

    /** A process of a machine, and what the thread that waits for its end will be told; null when that cannot be known. */
    private record Awaited(ProcessKey process, CompletableFuture<@Nullable MachineEnd> end) {}

    /**
     * Begins to watch.
     *
     * @param wanted which machines, by name
     * @throws FailedException when inotify has no instance left
     */
    public static EventWatch of(StateFolders folders, Predicate<String> wanted) {
        try {
            return new EventWatch(folders, wanted, FileSystems.getDefault().newWatchService());
        } catch (IOException e) {
            throw new FailedException(
                    "cannot watch " + folders.path() + ": " + FailureReason.of(e)
                            + ". The sysctl fs.inotify.max_user_instances may be too low",
                    e);
        }
    }

    /**
     * Waits for what happens next; a second at most.
     *
     * @return the events since the last call, which may be none; the first call returns at once, with what is there
     * @throws InterruptedException when the thread is interrupted
     */
    public List<MachineEvent> next() throws InterruptedException {
        boolean known = !watched.isEmpty();
        watch();
        if (known) {
            WatchKey key = inotify.poll(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
            if (key != null) {
                key.pollEvents();
                key.reset();
            }
            watch();
        } else if (watched.isEmpty()) {
            Thread.sleep(LOOK_AGAIN_MILLIS); // No machine has run yet.
        }
        List<Look> looks = look();
        List<MachineEvent> events = new ArrayList<>(ends(looks));
        events.addAll(changes.look(looks));
        for (Look look : looks) {
            awaitEnd(look.state());
        }
        return events;
    }

    private List<Look> look() {
        List<Look> looks = new ArrayList<>();
        for (InstanceState state : folders.all()) {
            String name = state.launch().name();
            if (wanted.test(name)) {
                looks.add(new Look(state, state.phaseNow() == Phase.RUNNING ? live(name) : null));
            }
        }
        return looks;
    }

    /** Of those that were awaited and are no more: told before anything that came after them. */
    private List<MachineEvent> ends(List<Look> looks) throws InterruptedException {
        Map<String, ProcessKey> alive = new HashMap<>();
        for (Look look : looks) {
            if (look.state().phaseNow().isAlive()) {
                alive.put(look.state().launch().name(), look.state().process());
            }
        }
        List<MachineEvent> events = new ArrayList<>();
        for (Map.Entry<String, Awaited> entry : List.copyOf(awaited.entrySet())) {
            Awaited process = entry.getValue();
            if (!process.process().equals(alive.get(entry.getKey()))) {
                events.add(changes.ended(entry.getKey(), told(process)));
                awaited.remove(entry.getKey());
            }
        }
        return events;
    }

    private static @Nullable MachineEnd told(Awaited process) throws InterruptedException {
        try {
            return process.end().get(END_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return null; // Its state cannot be read, or its process does not end.
        }
    }

    private void awaitEnd(InstanceState state) {
        String name = state.launch().name();
        if (!state.phaseNow().isAlive() || awaited.containsKey(name)) {
            return;
        }
        CompletableFuture<@Nullable MachineEnd> end = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        end.complete(MachineEnd.await(folders.of(name), null));
                    } catch (FailedException e) {
                        end.completeExceptionally(e);
                    }
                },
                "end of " + name);
        thread.setDaemon(true);
        thread.start();
        awaited.put(name, new Awaited(state.process(), end));
    }

    /** Only what a machine is between its ends; the rest is in its state file. */
    private @Nullable String live(String name) {
        String live = LiveStatus.ask(folders.of(name)).state();
        return "ending".equals(live) ? null : live;
    }

    /** Has inotify tell of every folder that is there now, before anything in it is read. */
    private void watch() {
        Set<Path> there = new HashSet<>();
        if (Files.isDirectory(folders.path(), LinkOption.NOFOLLOW_LINKS)) {
            there.add(folders.path());
            folders.all()
                    .forEach(
                            state -> there.add(folders.of(state.launch().name()).path()));
        }
        watched.entrySet().removeIf(entry -> {
            boolean gone = !there.contains(entry.getKey()) || !entry.getValue().isValid();
            if (gone) {
                entry.getValue().cancel();
            }
            return gone;
        });
        for (Path folder : there) {
            watched.computeIfAbsent(folder, this::register);
        }
    }

    private @Nullable WatchKey register(Path folder) {
        try {
            return folder.register(inotify, KINDS);
        } catch (IOException | ClosedWatchServiceException e) {
            return null; // It has gone again; or inotify is full, and each second's look has to do.
        }
    }

    /** Ends it. */
    @Override
    public void close() {
        try {
            inotify.close();
        } catch (IOException e) {
            return; // The process is about to end.
        }
    }
}
