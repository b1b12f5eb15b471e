"""The programs that are measured: ours by Java, and its peers."""
import os
import pathlib
import platform
import re
import shutil
import struct
import subprocess
import sys
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = PROJECT / "runner/target/crosvm"
CROSVM = str(PROGRAM / "bin/crosvm")
QEMU = shutil.which("qemu-system-x86_64")


def need(*packages):
    """Installs Debian's packages, or says the one line that would."""
    if subprocess.run(["bash", "-c", f'. "{PROJECT}/.ci/lab/common"; need "$@"', "bench", *packages]).returncode:
        sys.exit(1)


class Failure(Exception):
    """A program that is measured has failed; the message is what it has said."""


def output(what, command):
    """What the command prints."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{what}: status {done.returncode}\n{(done.stderr + done.stdout).strip()}")
    return done.stdout


def told(failure):
    """Why a part has failed, without the words of a command line, of which a class path is a page long."""
    if not isinstance(failure, subprocess.CalledProcessError):
        return str(failure)
    said = "".join(text if isinstance(text, str) else text.decode(errors="replace") for text in (failure.stderr, failure.stdout) if text)
    return f"{failure.cmd[0]}: status {failure.returncode}" + (f"\n{said.strip()}" if said else "")


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    return f"{os.cpu_count()} x {cpu}, Linux {platform.release()}, {time.strftime('%Y-%m-%d')}"


def commit():
    return subprocess.run(["git", "-C", str(PROJECT), "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()


class Java:
    """A Java, and what our program needs around it."""

    def __init__(self, home):
        self.home = home
        release = pathlib.Path(home) / "release"
        version = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.is_file() else None
        if version is None:
            sys.exit(f"bench: -j {home}: not a Java: it has no file release that tells a version")
        self.name = "JDK " + version.group(1)
        self.environment = {**os.environ, "JAVA_HOME": home, "CROSVM_NO_ARCHIVE": "1"}
        self.version = [home + "/bin/java", "-version"]
        self.make_archive()

    def trace(self):
        return subprocess.run(["sh", "-x", CROSVM, "--version"], env=self.environment, text=True, capture_output=True).stderr

    def make_archive(self):
        """The class archive of a Java that has none yet, as a user's first start makes it in the background."""
        for _ in range(2):
            trace = self.trace()
            if "SharedArchiveFile" in trace:
                return
            for build in re.findall(r"(?m)^\+ archive=(/.*\.jsa)$", trace)[-1:]:
                subprocess.run(["sh", str(PROGRAM / "lib/make-archive"), self.home + "/bin/java", str(PROGRAM / "lib"), build, "cache"],
                               check=True)
        sys.exit("bench: no class archive can be made for " + self.home)

    def nothing(self):
        """Our archive and options, and a JVM that tells its version: what the JVM itself takes."""
        words = [line for line in self.trace().splitlines() if line.startswith("+ exec ")][0].split()[2:]
        words = [word.strip("'") for word in words[:words.index("-cp")]]
        return words + ["-cp", f"{PROGRAM}/lib/crosvm-runner.jar", "-version"]


def elf(code):
    """An ELF64 kernel of one segment."""
    head = struct.pack("<16sHHIQQQIHHH", b"\x7fELF\2\1\1", 2, 62, 1, 1 << 24, 64, 0, 0, 64, 56, 1)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0x1000, 1 << 24, 1 << 24, len(code), len(code), 0x1000)
    return (head.ljust(64, b"\0") + segment).ljust(0x1000, b"\0") + code


# mov dx, 0x3f8; mov al, 'R'; out dx, al; cli; hlt; jmp back to cli
IDLE = elf(b"\x66\xba\xf8\x03\xb0R\xee\xfa\xf4\xeb\xfc")
# At the reset vector, in real mode: the same letter, then hlt for ever.
ROM = (b"\xb0R\xba\xf8\x03\xee\xfa\xf4\xeb\xfc").rjust(0x10000 - 16 + 10, b"\0").ljust(0x10000, b"\0")
MICROVM, Q35 = "QEMU microvm", "QEMU q35, io_uring and iothread"


def qemu(work, disks=0):
    """The command of both kinds of QEMU, whose guest is a ROM of one letter; of q35 with disks, too."""
    rom = work / "rom"
    rom.write_bytes(ROM)
    common = ["-accel", "kvm", "-m", "64", "-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-bios", str(rom)]
    strong = ["-object", "iothread,id=io"]
    for i, image in enumerate(images(work, disks)):
        strong += ["-blockdev", f"driver=file,node-name=d{i},filename={image},aio=io_uring,cache.direct=on",
                   "-device", f"virtio-blk-pci,drive=d{i},iothread=io"]
    return {MICROVM: [QEMU, "-M", "microvm,isa-serial=on", *common], Q35: [QEMU, "-M", "q35", *common, *strong]} if QEMU else {}


def images(work, count):
    """Disks of 1 MiB."""
    made = [work / f"disk{i}.img" for i in range(count)]
    for image in made:
        image.write_bytes(bytes(1 << 20))
    return made


def spec(path, *lines, disks=0):
    """A spec file with jailed disks, or without a jail; what no peer has is off."""
    jails = ["disks:", *(f"  - {{path: {image}}}" for image in images(path.parent, disks))] if disks else ["sandbox: off"]
    path.write_text("\n".join([*lines, "memory: 64MiB", "rng: false", "balloon: false", *jails]) + "\n")
    return str(path)
