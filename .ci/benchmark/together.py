"""Several machines that are started at the same moment: until the last one's first word, and their processor time."""
import os
import pty
import resource
import signal
import threading
import time

from .measure import Results, first_word, interleave
from .programs import CROSVM, MICROVM, qemu, spec

FIGURES = {"last first word": "ms", "processor": "ms"}
COUNTS = (1, 4, 8)


def at_once(commands, environment, letter, kill):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, machines, words = time.perf_counter(), [], []
    for command in commands:
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, environment)
        machines.append((pid, terminal))

    def hear(pid, terminal):
        words.append(first_word(terminal, began, letter, lambda: kill and os.kill(pid, signal.SIGTERM), commands[0]))

    threads = [threading.Thread(target=hear, args=machine) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pid, terminal in machines:
        os.close(terminal)
        os.waitpid(pid, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if len(words) < len(commands):
        raise SystemExit(f"bench: {commands[0]}: not every machine has started")
    return {"last first word": max(words), "processor": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000}


def together(work, javas, rounds):
    results, rows = Results("Machines started at once", FIGURES), {}
    kinds = {0: "no jail", 1: "one jailed disk"}
    files = {disks: [spec(work / f"at-once-{disks}-{i}.yaml", "kernel: {builtin: hello}", disks=disks) for i in range(max(COUNTS))]
             for disks in kinds}
    for count in COUNTS:
        peer = f"{count} of {MICROVM}"
        for command in list(qemu(work).values())[:1]:
            rows[peer] = ([command] * count, dict(os.environ), b"R", True)
        for disks, kind in kinds.items():
            for java in javas:
                case = f"{count} of crosvm up, {kind}, {java.name}"
                rows[case] = ([[CROSVM, "up", file] for file in files[disks][:count]], java.environment, b"Hello", False)
                results.compare(case, "last first word", peer)
    interleave(max(1, rounds // 2), rows, at_once, results)
    return results
