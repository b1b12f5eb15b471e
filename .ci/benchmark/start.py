"""What a start costs: from exec to the guest's first word, and processor time to the end."""
import os
import subprocess
import sys
import tempfile

from .measure import Results, first, interleave, run
from .programs import CROSVM, MICROVM, Q35, qemu, spec

FIGURES = {"first word": "ms", "processor": "ms", "clock": "ms"}
KINDS = {0: "no jail", 1: "one jailed disk", 4: "four jailed disks"}


class Server:
    """crosvm serve, with one prepared process."""

    def __init__(self, environment):
        self.process = subprocess.Popen([CROSVM, "serve"], env=environment, text=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def await_prepared(self):
        for line in self.process.stderr:
            if "is prepared" in line:
                return
        sys.exit("bench: crosvm serve has ended")

    def close(self):
        self.process.terminate()
        self.process.communicate()


def measured(command, environment, letter=None, kill=False, server=None):
    figures = first(command, environment, letter, kill) if letter else run(command, environment)
    if server:  # Its successor is made in a second of a processor, which what is measured next would have to do without.
        server.await_prepared()
    return figures


def start(work, javas, rounds):
    """The built-in guest, cold and through crosvm serve (whose process's time is not the command's and not counted)."""
    results = Results("Start of the built-in guest", FIGURES)
    rows = {f"java -version, {java.name}": (java.version, java.environment) for java in javas}
    for name, command in qemu(work, 1).items():
        rows[name] = (command, dict(os.environ), b"R", True)
    files = {disks: spec(work / f"up{disks}.yaml", "kernel: {builtin: hello}", disks=disks) for disks in KINDS}
    servers = []
    try:
        for disks, kind in KINDS.items():
            for java in javas:
                case = f"crosvm up, {kind}, {java.name}"
                rows[case] = ([CROSVM, "up", files[disks]], java.environment, b"Hello", False)
                results.compare(case, "first word", f"java -version, {java.name}", "clock")
                results.compare(case, "processor", f"java -version, {java.name}")
        for disks in list(KINDS)[:2]:
            for java in javas:
                case = f"crosvm up, prepared, {KINDS[disks]}, {java.name}"
                served = {**java.environment, "XDG_RUNTIME_DIR": tempfile.mkdtemp(dir=work), "CROSVM_SERVE_WAIT": "10000"}
                servers.append(Server(served))
                rows[case] = ([CROSVM, "up", files[disks]], served, b"Hello", False, servers[-1])
                results.compare(case, "first word", MICROVM)
        results.compare(Q35, "first word", MICROVM)
        for server in servers:
            server.await_prepared()
        interleave(rounds, rows, measured, results)
    finally:
        for server in servers:
            server.close()
    return results
