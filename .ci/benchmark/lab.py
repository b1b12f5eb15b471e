"""What needs Linux guests: the scripts that measure in the lab, whose figures become parts of this one's."""
import csv
import subprocess

from .measure import Results
from .programs import PROJECT


def script(work, name, rounds, *cases):
    """Runs it and reads the samples that it leaves."""
    out = work / name
    subprocess.run([str(PROJECT / ".ci" / name), "-r", str(rounds), "-o", str(out), *cases], check=True)
    return out / f"{name}.csv"


def boot(work, javas, rounds):
    """Debian's cloud kernel to user space; exits to user space and those that KVM saw."""
    results = Results("Boot of Linux to user space, in the lab", {"ms": "ms", "user": "exits", "kvm": "exits", "outside_kib": "KiB"})
    cases = ["microvm", "q35", "crosvm", "crosvm-thread"]
    with open(script(work, "bench-boot", rounds, *cases), newline="") as lines:
        for row in csv.DictReader(lines):
            for figure in ("ms", "outside_kib") if row["kind"] == "timed" else ("user", "kvm"):
                results.add(row["name"], figure, float(row[figure]))
    for case in cases[1:]:
        for figure in results.units:
            results.compare(case, figure, "microvm")
    return results


def three_columns(file, title, units, peers):
    results = Results(title, units)
    with open(file, newline="") as lines:
        for case, figure, value in csv.reader(lines):
            if figure in units:
                results.add(case, figure, float(value))
    for case in results.samples:
        for figure in units:
            results.compare(case, figure, peers(case))
    return results


def io(work, javas, rounds):
    """fio in a guest, and iperf3 between guest and host, with and without vhost."""
    fio = {f"fio {test}": unit for test, unit in
           (("randread-4k-qd1", "requests/s+"), ("randread-4k-qd32", "requests/s+"), ("read-1m-qd4", "MiB/s+"), ("write-1m-qd4", "MiB/s+"))}
    units = {"iperf to-host": "Mbit/s+", "iperf to-guest": "Mbit/s+", **fio}
    return three_columns(script(work, "bench-io", rounds), "fio and iperf3 in a guest, in the lab", units,
                         lambda case: "microvm-vhost" if case.endswith("vhost") else "microvm")
