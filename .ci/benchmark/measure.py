"""What is measured, and how: commands by turns, samples, and what is made of them."""
import os
import pty
import select
import signal
import statistics
import subprocess
import sys
import time

FIRST_SECONDS = 120


def run(command, environment=None):
    """Runs to the end; milliseconds of processor time, of the clock, and the status."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {"processor": (usage.ru_utime + usage.ru_stime) * 1000, "clock": (time.perf_counter() - began) * 1000}


def first(command, environment, letter, kill):
    """Runs on a terminal until its first byte of output that is the letter, then to the end, which is the clock's, or until it is killed."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment)
    word = first_word(terminal, began, letter, lambda: kill and os.kill(pid, signal.SIGTERM), command)
    os.close(terminal)
    _, _, usage = os.wait4(pid, 0)
    return {"first word": word, "processor": (usage.ru_utime + usage.ru_stime) * 1000, "clock": (time.perf_counter() - began) * 1000}


def first_word(terminal, began, letter, then, command):
    """Milliseconds since `began` until the letter has come; reads on until nothing more comes."""
    seen, word = b"", None
    while time.perf_counter() - began < FIRST_SECONDS:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if word is None and letter in seen:
            word = (time.perf_counter() - began) * 1000
            then()
    if word is None:
        sys.exit(f"bench: {command}: no {letter!r} in {seen!r}")
    return word


def interleave(rounds, rows, measure, results):
    """Measures each row once a round, each round beginning with another one; the first round warms the page cache and is not counted."""
    names = list(rows)
    results.samples.update({name: {} for name in names})
    for i in range(rounds + 1):
        for name in names[i % len(names):] + names[:i % len(names)]:
            for figure, value in measure(*rows[name]).items():
                if i > 0:
                    results.add(name, figure, value)


def quartiles(samples):
    return statistics.quantiles(samples, n=4, method="inclusive") if len(samples) > 1 else [samples[0]] * 3


class Results:
    """The samples of one part, by case and figure, and what each is compared with."""

    def __init__(self, title, units):
        """`units` of each figure, in the order of the table; one that ends in `+` is the better the more it is."""
        self.title, self.units, self.samples, self.peers, self.load = title, units, {}, {}, os.getloadavg()[0]

    def add(self, case, figure, value):
        self.samples.setdefault(case, {}).setdefault(figure, []).append(value)

    def compare(self, case, figure, with_case, with_figure=None):
        """The ratio of these medians is told beside the figure."""
        self.peers[case, figure] = (with_case, with_figure or figure)

    def data(self):
        """For JSON; what report and compare read."""
        rows = []
        for case, figures in self.samples.items():
            for figure, samples in figures.items():
                low, median, high = quartiles(samples)
                row = {"case": case, "figure": figure, "samples": [round(sample, 3) for sample in samples],
                       "median": round(median, 3), "low": round(low, 3), "high": round(high, 3)}
                peer, its = self.peers.get((case, figure), (None, None))
                if (peer, its) != (case, figure) and its in self.samples.get(peer, {}):
                    base = statistics.median(self.samples[peer][its])
                    row.update(peer=peer if its == figure else f"{peer}, {its}", ratio=round(median / base, 3))
                rows.append(row)
        units = {figure: unit.rstrip("+") for figure, unit in self.units.items()}
        more = [figure for figure, unit in self.units.items() if unit.endswith("+")]
        return {"title": self.title, "units": units, "more_is_better": more, "load": round(self.load, 2), "rows": rows}
