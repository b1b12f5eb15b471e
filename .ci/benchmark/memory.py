"""What the processes of a machine whose guest idles take, by kind of mapping, and how often they are woken."""
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from .measure import Results
from .programs import CROSVM, IDLE, qemu, spec

IDLE_SECONDS = 20
FIGURES = {"all": "MiB", "archive": "MiB", "libraries": "MiB", "other files": "MiB", "C heap": "MiB", "anonymous": "MiB", "woken": "/s"}


def kind_of(name):
    if name.endswith((".jsa", ".jsa.device", ".jsa.machine")):
        return "archive"
    if name.startswith("[heap"):
        return "C heap"
    if name.startswith("/"):
        return "libraries" if re.search(r"\.so[.0-9]*$|/bin/[^/]*$", name) else "other files"
    return "anonymous"


def mapped(pid):
    """PSS of a process in MiB by kind of mapping; the guest's memory (a memfd, of QEMU the largest mapping) is not counted."""
    sizes, kind = dict.fromkeys(list(FIGURES)[1:-1], 0.0), None
    for line in open(f"/proc/{pid}/smaps", errors="replace"):
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) (?:\S+ ){3}\S+ *(.*)", line)
        if found:
            size = int(found[2], 16) - int(found[1], 16)
            kind = None if "/memfd:" in found[3] or size == 64 << 20 and not found[3] else kind_of(found[3])
        elif line.startswith("Pss:") and kind:
            sizes[kind] += int(line.split()[1]) / 1024
    return {"all": sum(sizes.values()), **sizes}


def woken(pid):
    """How often each thread of the process has waited and been woken since it began."""
    return {status.parent.name: int(re.search(r"(?m)^voluntary_ctxt_switches:\s*(\d+)", status.read_text()).group(1))
            for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status")}


def family(pid):
    children = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [pid] + [one for file in children for child in file.read_text().split() for one in family(int(child))]


class Idle:
    """A machine that has said its letter and idles."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        if self.process.stdout.read(1) != b"R":
            sys.exit(f"bench: {self.process.args}: the idle guest did not start")
        time.sleep(3)
        return family(self.process.pid)

    def __exit__(self, *ignored):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.read()
        self.process.wait()


def memory(work, javas, rounds):
    """A machine with four jailed disks, and one with 26, of which only the sum counts."""
    results = Results("Memory of an idle machine with four disks, without the guest's", FIGURES)
    kernel = work / "kernel"
    kernel.write_bytes(IDLE)
    folders = {disks: pathlib.Path(tempfile.mkdtemp(dir=work)) for disks in (4, 26)}
    files = {disks: spec(folder / "vm.yaml", "name: bench", f"kernel: {kernel}", disks=disks) for disks, folder in folders.items()}
    for _ in range(max(1, rounds // 3)):
        for name, command in qemu(work, 4).items():
            with Idle(command, None) as pids:
                one_process(results, name, pids[0])
        for java in javas:
            environment = {**java.environment, "XDG_RUNTIME_DIR": str(work)}
            with Idle([CROSVM, "up", files[4]], environment) as pids:
                jvms = [pid for pid in pids if pathlib.Path(f"/proc/{pid}/comm").read_text() == "java\n"]
                one_process(results, f"main process, {java.name}", pids[0])
                for pid in jvms[1:2]:
                    one_process(results, f"device process, {java.name}", pid)
                total(results, f"machine with four jailed disks, {java.name}", pids)
            with Idle([CROSVM, "up", files[26]], environment) as pids:
                total(results, f"machine with 26 jailed disks, {java.name}", pids)
    return results


def one_process(results, case, pid):
    # Reading a process's memory map wakes nothing, but it takes time: counted before.
    before = woken(pid)
    time.sleep(IDLE_SECONDS)
    after = woken(pid)  # Threads of a pool come and go.
    results.add(case, "woken", sum(after[thread] - before.get(thread, 0) for thread in after) / IDLE_SECONDS)
    for kind, size in mapped(pid).items():
        results.add(case, kind, size)


def total(results, case, pids):
    results.add(case, "all", sum(mapped(pid)["all"] for pid in pids))
