package crosvm.schema.bind;

import crosvm.schema.model.SpecModel;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The words that other tools have for what a spec says: QEMU, Firecracker, libvirt, Docker Compose, Lima, the 2018 crosvm. */
final class OtherWords {
    /** The hints by the path of the mapping, with {@code []} for its place in a list, and the word in lower case. */
    private static final Map<String, Map<String, String>> HINTS = new HashMap<>();

    static {
        hints("", "write memory: 512MiB", "mem", "ram", "memsize", "memsizemib", "memorysize", "maxmemory", "memorymb");
        hints(
                "",
                "write cpus: 2",
                "vcpus",
                "vcpu",
                "cpu",
                "smp",
                "cores",
                "ncpus",
                "vcpucount",
                "numcpus",
                "processors");
        hints("", "write name: web", "hostname", "domain", "vmname", "machine", "id", "title", "containername");
        hints("", "write kernel: {image: vmlinuz}", "vmlinuz", "bzimage", "kernelimage", "boot", "bootsource", "os");
        hints(
                "",
                "a kernel is kernel: {image: vmlinuz}, a disk is disks: [{path: disk.img}]",
                "image",
                "images",
                "base");
        hints("", "write kernel: {image: vmlinuz, initrd: initrd.img}", "initrd", "initramfs", "ramdisk");
        hints(
                "",
                "write kernel: {image: vmlinuz, params: quiet}",
                "params",
                "cmdline",
                "append",
                "args",
                "bootargs",
                "kernelargs",
                "kernelcmdline",
                "commandline",
                "options");
        hints(
                "",
                "write disks: [{path: disk.img}]",
                "disk",
                "drive",
                "drives",
                "hda",
                "hdd",
                "block",
                "blockdevices",
                "storage",
                "devices",
                "additionaldisks");
        hints("", "write disks: [{path: root.img, root: true}]", "root", "rootfs", "rootdisk", "rootdrive", "rwroot");
        hints(
                "",
                "write networks: [{user: true}]",
                "net",
                "nets",
                "network",
                "nic",
                "nics",
                "netdev",
                "netdevs",
                "interfaces",
                "networkinterfaces");
        hints(
                "",
                "write networks: [{user: true, forward: [8080:80]}]",
                "ports",
                "portforwards",
                "portforward",
                "expose");
        hints(
                "",
                "write shares: [{path: folder, tag: name}]",
                "volumes",
                "volume",
                "mounts",
                "mount",
                "share",
                "shared",
                "sharedfolders",
                "shareddir",
                "filesystems",
                "fs",
                "virtiofs",
                "syncedfolders");
        hints("", "write console: {com1: terminal}", "serial", "consoles", "serials", "com1", "tty", "stdio");
        hints("", "write control: run/vm.sock", "socket", "apisocket", "monitor", "qmp");
        hints("", "write vsock: 3", "cid", "vsocks", "guestcid", "vhostvsock");
        hints("", "write wayland: auto", "wayland-sock", "display", "gpu", "graphics", "video");
        hints("", "write sandbox: on", "jail", "jails", "seccomp", "disablesandbox", "security", "privileged");
        hints("", "write rng: on", "random", "entropy", "virtiorng");
        hints("", "write restart: on-crash", "restartpolicy", "onreboot", "oncrash", "autostart");
        hints("kernel", "write image: vmlinuz", "path", "file", "vmlinuz", "kernel", "kernelimagepath", "source");
        hints("kernel", "write initrd: initrd.img", "initramfs", "ramdisk", "initrdpath");
        hints(
                "kernel",
                "write params: quiet",
                "cmdline",
                "append",
                "args",
                "bootargs",
                "commandline",
                "parameters",
                "options");
        hints(
                "disks[]",
                "write path: disk.img",
                "file",
                "image",
                "source",
                "src",
                "img",
                "filename",
                "location",
                "pathonhost");
        hints(
                "disks[]",
                "write readOnly: false for a disk that the guest may write to",
                "rw",
                "writable",
                "write",
                "mode");
        hints("disks[]", "write readOnly: true", "ro", "isreadonly");
        hints("disks[]", "write root: true", "rootfs", "isroot", "isrootdevice", "boot", "bootable");
        hints("disks[]", "write id: data", "name", "driveid", "label", "serial", "target");
        hints("disks[]", "the image is a raw one, and as large as its file", "format", "type", "driver", "size");
        hints("networks[]", "write tap: tap0", "ifname", "interface", "device", "dev", "hostdevname", "name");
        hints("networks[]", "write mac: 52:54:00:12:34:56", "macaddress", "macaddr", "guestmac", "hwaddr");
        hints("networks[]", "write hostIp: 192.168.10.1", "ip", "address", "hostaddress", "gateway", "ipv4");
        hints("networks[]", "write netmask: 255.255.255.0", "mask", "subnet", "prefix", "cidr");
        hints("networks[]", "write forward: [8080:80]", "ports", "hostfwd", "forwards", "portforwards", "publish");
        hints("networks[]", "write user: true", "mode", "type", "slirp", "passt", "model");
        hints("shares[]", "write path: folder", "source", "src", "host", "hostpath", "location", "dir", "folder");
        hints("shares[]", "write tag: name", "id", "name", "target", "mounttag", "mountpoint", "destination");
        hints("shares[]", "write readOnly: false for a folder that the guest may write to", "rw", "writable", "write");
        hints("shares[]", "write readOnly: true", "ro");
    }

    private OtherWords() {}

    private static void hints(String owner, String hint, String... words) {
        Map<String, String> hints = HINTS.computeIfAbsent(owner, o -> new HashMap<>());
        for (String word : words) {
            hints.put(word, hint);
        }
    }

    /**
     * What to write in place of this key, or empty.
     *
     * @param owner the path of the mapping that the key stands in
     */
    static String hint(String owner, String key) {
        String plain = key.replace("-", "").replace("_", "").replace(" ", "").toLowerCase(Locale.ROOT);
        return HINTS.getOrDefault(SpecModel.fieldAt(owner), Map.of()).getOrDefault(plain, "");
    }

    /** Whether the hint is about this field, so that to call it missing as well would be one complaint too many. */
    static boolean isAbout(String hint, String field) {
        return hint.contains("write " + field + ":") || hint.contains("is " + field + ":");
    }
}
