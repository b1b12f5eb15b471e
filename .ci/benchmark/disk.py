"""Random reads of a file that is not in the page cache, each block once, by a driver on a real virtqueue (no guest)."""
import shutil
import subprocess
import time

from .measure import Results, interleave
from .programs import PROJECT, Failure, need, output

SECONDS, MEBIBYTES = 4, 2048
QUEUES = 2  # And drivers, which have the depth among them.
ENGINES = {32: "io_uring", 1: "psync"}
FIGURES = {f"{figure}, depth {depth}": unit for depth in ENGINES
           for figure, unit in {"requests": "/s+", "processor": "µs/request", "waits": "/request"}.items()}


def first():
    """What to run a program with, where that is allowed, so that it need not wait for whatever else the machine does: that
    would delay one that sleeps and wakes more often more than another."""
    words = ["chrt", "--rr", "1"]
    allowed = shutil.which(words[0]) and subprocess.run([*words, "true"], capture_output=True).returncode == 0
    return words if allowed else []


class Disk:
    def __init__(self, work):
        self.work, self.image, self.first = work, work / "image", first()
        subprocess.run(["dd", "if=/dev/urandom", f"of={self.image}", "bs=1M", f"count={MEBIBYTES}", "conv=fsync", "status=none"], check=True)
        vmm, libraries = PROJECT / "vmm/target", (PROJECT / "runner/target/test-classpath").read_text().strip()
        self.classes = f"{vmm}/test-classes:{vmm}/classes:{libraries}"

    def forget(self):
        """Drops the file's pages (posix_fadvise)."""
        subprocess.run(["dd", f"if={self.image}", "iflag=nocache", "count=0", "status=none"], check=True)

    def driver(self, java, depth, queues, *socket):
        """What the device does under the driver, its processor time, and how often its threads wait."""
        flags = ["-XX:+UseSerialGC"]
        if java.name != "JDK 17":
            flags += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
        self.forget()
        words = output(f"driver of {queues} queues at depth {depth}, {java.name}",
                       [*self.first, java.home + "/bin/java", *flags, "-cp", self.classes, "crosvm.vmm.virtio.remote.DiskBenchMain",
                        str(self.image), str(depth), str(SECONDS), str(queues), *socket]).split()
        return dict(zip(("requests", "processor", "waits"), map(float, words[-3:])))

    def fio(self, depth):
        self.forget()
        fields = output(f"fio at depth {depth}",
                        [*self.first, "fio", "--thread", "--name=bench", f"--filename={self.image}", "--rw=randread", "--bs=4k",
                         f"--iodepth={depth}", f"--ioengine={ENGINES[depth]}", "--invalidate=1", "--readonly", "--time_based",
                         f"--runtime={SECONDS}", "--ramp_time=0.5", "--output-format=terse", "--terse-version=3"]).split(";")
        requests, (user, system) = float(fields[7]), (float(field.rstrip("%")) for field in fields[87:89])
        return {"requests": requests, "processor": (user + system) * 10_000 / requests, "waits": float(fields[89]) / requests / SECONDS}

    def qemu(self, java, depth):
        """QEMU's device of q35 with io_uring and an iothread, in the process that serves it to others."""
        socket = self.work / "blk"
        daemon = subprocess.Popen(
            [*self.first, "qemu-storage-daemon", "--object", "iothread,id=io",
             "--blockdev", f"driver=file,node-name=d,filename={self.image},aio=io_uring,read-only=on",
             "--export", f"vhost-user-blk,id=e,node-name=d,addr.type=unix,addr.path={socket},iothread=io"],
            stderr=subprocess.PIPE, text=True)
        try:
            while not socket.exists():
                if daemon.poll() is not None:
                    raise Failure(f"qemu-storage-daemon: status {daemon.returncode}\n{daemon.stderr.read().strip()}")
                time.sleep(0.01)
            return self.driver(java, depth, 1, str(socket))  # Which waits until the daemon listens.
        finally:
            daemon.terminate()
            daemon.wait()
            socket.unlink(missing_ok=True)


def disk(work, javas, rounds):
    need("fio", "qemu-system-common")
    one = Disk(work)
    results = Results("4 KiB random reads past the page cache" + (", at real-time priority" if one.first else ""), FIGURES)
    fio, peer = "fio (psync at depth 1, io_uring at 32)", "QEMU's device, io_uring and iothread"
    rows = {fio: (one.fio,), peer: (lambda depth: one.qemu(javas[0], depth),)}
    for java in javas:
        rows[f"jailed disk, {java.name}"] = (lambda depth, java=java: one.driver(java, depth, 1),)
        rows[f"jailed disk with {QUEUES} queues, {java.name}"] = (
            lambda depth, java=java: one.driver(java, depth, QUEUES) if depth > 1 else {},)
    for case in rows:
        for depth in ENGINES:
            for figure in ("requests", "processor"):
                results.compare(case, f"{figure}, depth {depth}", fio)
    interleave(rounds, rows, lambda measured: {f"{figure}, depth {depth}": value for depth in ENGINES
                                               for figure, value in measured(depth).items()}, results)
    return results
