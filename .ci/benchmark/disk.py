"""Random reads of a file that is not in the page cache, each block once, by a driver on a real virtqueue (no guest)."""
import subprocess
import time

from .measure import Results, interleave
from .programs import PROJECT, need

SECONDS, MEBIBYTES = 4, 2048
FIGURES = {"depth 32": "requests/s+", "depth 1": "requests/s+"}
ENGINES = {32: "io_uring", 1: "psync"}


class Disk:
    def __init__(self, work):
        self.work, self.image = work, work / "image"
        subprocess.run(["dd", "if=/dev/urandom", f"of={self.image}", "bs=1M", f"count={MEBIBYTES}", "conv=fsync", "status=none"], check=True)
        vmm, libraries = PROJECT / "vmm/target", (PROJECT / "runner/target/test-classpath").read_text().strip()
        self.classes = f"{vmm}/test-classes:{vmm}/classes:{libraries}"

    def forget(self):
        """Drops the file's pages (posix_fadvise)."""
        subprocess.run(["dd", f"if={self.image}", "iflag=nocache", "count=0", "status=none"], check=True)

    def driver(self, java, depth, *socket):
        flags = ["-XX:+UseSerialGC"]
        if java.name != "JDK 17":
            flags += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
        self.forget()
        out = subprocess.run([java.home + "/bin/java", *flags, "-cp", self.classes, "crosvm.vmm.virtio.remote.DiskBenchMain",
                              str(self.image), str(depth), str(SECONDS), *socket], check=True, capture_output=True, text=True).stdout
        return float(out.split()[-1])

    def fio(self, depth):
        self.forget()
        out = subprocess.run(["fio", "--thread", "--name=bench", f"--filename={self.image}", "--rw=randread", "--bs=4k",
                              f"--iodepth={depth}", f"--ioengine={ENGINES[depth]}", "--invalidate=1", "--readonly", "--time_based",
                              f"--runtime={SECONDS}", "--ramp_time=0.5", "--output-format=terse", "--terse-version=3"],
                             check=True, capture_output=True, text=True).stdout
        return float(out.split(";")[7])

    def qemu(self, java, depth):
        """QEMU's device of q35 with io_uring and an iothread, in the process that serves it to others."""
        socket = self.work / "blk"
        daemon = subprocess.Popen(
            ["qemu-storage-daemon", "--object", "iothread,id=io",
             "--blockdev", f"driver=file,node-name=d,filename={self.image},aio=io_uring,read-only=on",
             "--export", f"vhost-user-blk,id=e,node-name=d,addr.type=unix,addr.path={socket},iothread=io"])
        try:
            while not socket.exists() and daemon.poll() is None:
                time.sleep(0.01)
            return self.driver(java, depth, str(socket))
        finally:
            daemon.terminate()
            daemon.wait()
            socket.unlink(missing_ok=True)


def disk(work, javas, rounds):
    need("fio", "qemu-system-common")
    results, one = Results("4 KiB random reads past the page cache", FIGURES), Disk(work)
    fio, peer = "fio (psync at depth 1, io_uring at 32)", "QEMU's device, io_uring and iothread"
    rows = {fio: (one.fio,), peer: (lambda depth: one.qemu(javas[0], depth),)}
    for java in javas:
        rows[f"jailed disk, {java.name}"] = (lambda depth, java=java: one.driver(java, depth),)
    for case in rows:
        for depth in ENGINES:
            results.compare(case, f"depth {depth}", fio)
    interleave(rounds, rows, lambda measured: {f"depth {depth}": measured(depth) for depth in ENGINES}, results)
    return results
