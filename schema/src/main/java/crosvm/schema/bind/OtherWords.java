package crosvm.schema.bind;

import crosvm.schema.model.SpecModel;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The words that other tools have for what a spec says: QEMU, Firecracker, libvirt, Docker Compose, Lima, the 2018 crosvm. */
final class OtherWords {
    /** The hints by the path of the mapping, with {@code []} for its place in a list, and the word in lower case. */
    private static final Map<String, Map<String, String>> HINTS = new HashMap<>();

    static {
        hints("", "write memory: 512MiB", "mem ram memsize memsizemib memorysize maxmemory memorymb");
        hints("", "write cpus: 2", "vcpus vcpu cpu smp cores ncpus vcpucount numcpus processors");
        hints("", "write name: web", "domain vmname machine id title containername");
        hints("", "write name: web, or guest: {hostname: web} for the name that the guest has", "hostname");
        hints("", "write kernel: {image: vmlinuz}", "vmlinuz bzimage kernelimage boot bootsource os");
        hints("", "a kernel is kernel: {image: vmlinuz}, a disk is disks: [{path: disk.img}]", "image images base");
        hints("", "write kernel: {image: vmlinuz, initrd: initrd.img}", "initrd initramfs ramdisk");
        hints(
                "",
                "write kernel: {image: vmlinuz, params: quiet}",
                "params cmdline append args bootargs kernelargs kernelcmdline commandline options");
        hints(
                "",
                "write disks: [{path: disk.img}]",
                "disk drive drives hda hdd block blockdevices storage devices additionaldisks");
        hints("", "write disks: [{path: root.img, root: true}]", "root rootfs rootdisk rootdrive rwroot");
        hints(
                "",
                "write networks: [{user: true}]",
                "net nets network nic nics netdev netdevs interfaces networkinterfaces");
        hints("", "write networks: [{user: true, forward: [8080:80]}]", "ports portforwards portforward expose");
        hints(
                "",
                "write shares: [{path: folder, tag: name}]",
                "volumes volume mounts mount share shared sharedfolders shareddir filesystems fs virtiofs syncedfolders");
        hints("", "write console: {com1: terminal}", "serial consoles serials com1 tty stdio");
        hints("", "write control: run/vm.sock", "socket apisocket monitor qmp");
        hints("", "write vsock: 3", "cid vsocks guestcid vhostvsock");
        hints("", "write wayland: auto", "waylandsock display gpu graphics video");
        hints("", "write sandbox: on", "jail jails seccomp disablesandbox security privileged");
        hints("", "write rng: on", "random entropy virtiorng");
        hints("", "write restart: on-crash", "restartpolicy onreboot oncrash autostart");
        hints("kernel", "write image: vmlinuz", "path file vmlinuz kernel kernelimagepath");
        hints("kernel", "write initrd: initrd.img", "initramfs ramdisk initrdpath");
        hints("kernel", "write params: quiet", "cmdline append args bootargs commandline parameters options");
        hints("disks[]", "write path: disk.img", "file image src img filename location pathonhost disk");
        hints("disks[]", "write readOnly: false for a disk that the guest may write to", "rw writable write mode");
        hints("disks[]", "write readOnly: true", "ro isreadonly");
        hints("disks[]", "write root: true", "rootfs isroot isrootdevice boot bootable");
        hints("disks[]", "write id: data", "name driveid label serial target");
        hints("disks[]", "write format: qcow2", "type driver imageformat fmt");
        hints("disks[]", "write size: 20GiB", "capacity disksize maxsize");
        hints(
                "disks[]",
                "write writes: discard, or writes: changes.qcow2 for a file of what the guest writes",
                "snapshot overlay cow ephemeral transient persistent temporary");
        hints(
                "disks[]",
                "write limit: {iops: 500, bandwidth: 50MiB}",
                "ratelimiter ratelimit throttling throttle iotune iops bandwidth bps");
        hints("networks[]", "write tap: tap0", "ifname device dev hostdevname name interface");
        hints("networks[]", "connect a tap to the bridge, and write tap: tap0", "bridge br lima source");
        hints("networks[]", "write mac: 52:54:00:12:34:56", "macaddress macaddr guestmac hwaddr");
        hints("networks[]", "write hostIp: 192.168.10.1", "ip hostaddress gateway ipv4");
        hints("networks[]", "write netmask: 255.255.255.0", "mask subnet prefix cidr");
        hints("networks[]", "write forward: [8080:80]", "ports hostfwd forwards portforwards publish");
        hints("networks[]", "write user: true", "mode type slirp passt model");
        hints("shares[]", "write path: folder", "source src host hostpath location dir folder");
        hints("shares[]", "write tag: name", "id name target mounttag mountpoint destination");
        hints("shares[]", "write readOnly: false for a folder that the guest may write to", "rw writable write");
        hints("shares[]", "write readOnly: true", "ro");
        hints(
                "",
                "write guest: {cloudInit: {userData: {file: user-data.yaml}}}",
                "cloudinit userdata seed ignition provision");
        hints(
                "",
                "write guest: {sshKeys: [\"ssh-ed25519 AAAA… me\"]}",
                "sshkeys sshkey sshauthorizedkeys authorizedkeys");
        hints("", "write guest: {timezone: Europe/Berlin}", "timezone tz");
        hints("", "write guest: {credentials: {token: {file: token.txt}}}", "credentials secrets");
        hints(
                "",
                "write limits: {cpu: 1.5, memory: 1GiB}",
                "limit resources memlimit cpulimit pidslimit cgroup cputune memtune");
        hints("", "write health: {port: 443}, beside ready", "healthcheck livenessprobe probes probe");
        hints("", "write ready: {port: 443}", "readinessprobe startupprobe waitfor");
        hints("disks[].source", "write sha256: and what sha256sum prints", "sha digest checksum hash sum sha512");
        hints("disks[].source", "write url: https://example.org/root.img", "href location link path file");
        hints("disks[].limit", "write bandwidth: 50MiB", "bw bps rate bytes throughput bytespersec totalbytessec");
        hints("disks[].limit", "write iops: 500", "ops requests totaliopssec readiops writeiops");
        hints("networks[].limit", "write rx: 10MiB", "in ingress inbound download down receive read");
        hints("networks[].limit", "write tx: 10MiB", "out egress outbound upload up send write");
        hints("vsock", "write cid: 3", "guestcid id contextid context");
        hints(
                "vsock",
                "leave it out: crosvm vsock MACHINE PORT connects to a port of the guest",
                "udspath socket port path");
        hints("wayland", "write socket: wayland-0", "path sock display waylandsock name");
        hints("balloon", "write initial: 128MiB", "size amount amountmib target memory value");
        hints("balloon", "write deflateOnOom: true", "autodeflate oom");
        hints("balloon", "write freePageReporting: true", "reporting freepagehinting");
        hints(
                "rng",
                "leave it out: the bytes come from the kernel of the host",
                "src source path backend filename file device");
        hints("console", "write com1: terminal", "serial serial0 ttys0 com tty stdio uart console terminal");
        hints("console", "write com2: terminal", "serial1 ttys1");
        hints("console", "write hvc0: terminal", "virtio virtioconsole virtconsole hvc");
        hints(
                "sandbox",
                "write policyDir: policies",
                "policies policy seccomp seccompdir seccomppolicy seccomppolicydir");
        hints("sandbox", "write enabled: false", "disabled disable off");
        hints("control", "write socket: run/vm.sock", "path file apisocket sock monitor qmp");
        hints("guest", "write hostname: web", "name host domain localhostname");
        hints("guest", "write timezone: Europe/Berlin", "tz zone");
        hints(
                "guest",
                "write sshKeys: [\"ssh-ed25519 AAAA… me\"]",
                "sshauthorizedkeys authorizedkeys keys publickeys pubkey users");
        hints("guest", "write cloudInit: {userData: {file: user-data.yaml}}", "userdata metadata networkconfig seed");
        hints("guest", "write credentials: {token: {file: token.txt}}", "secrets systemdcredentials");
        hints("guest.cloudInit", "write userData: {file: user-data.yaml}", "cloudconfig user config file");
        hints("ready", "write console: \"login:\"", "regex pattern log output match line");
        hints("ready", "write port: 443", "tcp tcpsocket tcpport http httpget");
        hints("ready", "write within: 5m", "timeout timeoutseconds deadline");
        hints("health", "write port: 443", "tcp tcpsocket tcpport http httpget test");
        hints("health", "write interval: 10s", "every period periodseconds");
        hints("health", "write retries: 5", "failurethreshold threshold failures attempts");
        hints("limits", "write cpu: 1.5", "cpus cores cpuquota quota vcpus");
        hints("limits", "write memory: 1GiB", "mem ram memorymax memlimit");
        hints("limits", "write pids: 200", "tasks tasksmax processes pidslimit nproc");
        hints("limits", "write io: {read: 100MiB, write: 50MiB}", "iops bandwidth disk blkio blkioconfig");
        hints("limits.io", "write read: 100MiB", "rbps readbps readbandwidth readbytes");
        hints("limits.io", "write write: 50MiB", "wbps writebps writebandwidth writebytes");
        hints("limits.io", "write readIops: 1000", "riops readops");
        hints("limits.io", "write writeIops: 500", "wiops writeops");
        for (String port : List.of("com1", "com2", "com3", "com4", "hvc0")) {
            hints("console." + port, "write to: file, and path: console.log", "file log logfile output append");
            hints("console." + port, "write to: socket, and path: console.sock", "socket unix sock listen");
            hints("console." + port, "write to: terminal", "type mode target stdio tty pty kind device backend");
        }
        hints("kernel.source", "write sha256: and what sha256sum prints", "sha digest checksum hash sum sha512");
        hints("kernel.source", "write url: https://example.org/vmlinuz", "href location link path file");
        hints("kernel.initrdSource", "write sha256: and what sha256sum prints", "sha digest checksum hash sum sha512");
        hints("kernel.initrdSource", "write url: https://example.org/initrd.img", "href location link path file");
    }

    private OtherWords() {}

    private static void hints(String owner, String hint, String words) {
        Map<String, String> hints = HINTS.computeIfAbsent(owner, o -> new HashMap<>());
        for (String word : words.split(" ")) {
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

    /** All hints: by the path of the mapping, then by the word, in lower case and without - and _. */
    static Map<String, Map<String, String>> hints() {
        return Map.copyOf(HINTS);
    }

    /** Whether the hint is about this field, so that to call it missing as well would be one complaint too many. */
    static boolean isAbout(String hint, String field) {
        return hint.contains("write " + field + ":") || hint.contains("is " + field + ":");
    }
}
