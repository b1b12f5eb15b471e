package crosvm.schema.check;

import crosvm.schema.problem.Rule;
import crosvm.schema.problem.RuleText;
import crosvm.schema.problem.Severity;

/** What can be wrong between the fields of one spec, so that it cannot run. */
public enum SpecRule implements Rule {
    /** Neither image nor builtin, or both. */
    KERNEL_CHOICE(
            "kernel-choice",
            "The kernel is neither an image, by its path or its source, nor the root disk's own, nor a built-in guest; or several of them.",
            "The machine boots exactly one thing."),
    /** initrd or params beside a built-in guest. */
    BUILTIN_EXTRAS(
            "builtin-extras",
            "A built-in guest is given an initrd, kernel parameters or guest settings.",
            "It reads none of them, so they would have no effect."),
    /** The root disk's kernel without a root disk that can be read, or with another initrd. */
    FROM_ROOT(
            "kernel-from-root",
            "kernel.from: root stands where no disk is the root, or beside an initrd.",
            "The root disk's boot loader says which kernel and which initrd are booted."),
    /** A path and a source, or neither. */
    IMAGE_CHOICE(
            "image-choice",
            "A disk has neither path nor source, or both; or an initrd is given both ways.",
            "An image is a file of the host or is downloaded."),
    /** A source without sha256. */
    SOURCE_DIGEST(
            "source-digest",
            "A source has no sha256.",
            "Without it the image is whatever the server sends today: another one tomorrow, or an attacker's."),
    /** A URL that cannot be downloaded. */
    SOURCE_URL(
            "source-url",
            "The url of a source is not an http, https or file URL, or has a user's name or a fragment in it.",
            "crosvm downloads by these three, and asks no server who you are."),
    /** An image from a URL that is to be written. */
    SOURCE_WRITABLE(
            "source-writable",
            "A disk with a source has readOnly: false.",
            "The downloaded image is kept for every machine that names it, and checked against its digest."),
    /** A credential's name that systemd refuses, or that crosvm uses. */
    CREDENTIAL_NAME(
            "credential-name",
            "The name of a systemd credential is invalid, or is one that another field of guest fills.",
            "systemd leaves out a credential whose name is not a file's; and a name can have one value."),
    /** Neither file nor env, or both. */
    CREDENTIAL_CHOICE(
            "credential-choice",
            "A credential has neither file nor env, or both.",
            "Its value comes from exactly one place."),
    /** Neither text nor file, or both. */
    SEED_CHOICE(
            "seed-choice",
            "A part of guest.cloudInit has neither text nor file, or both, or more than 1MiB of text.",
            "A file of the seed has exactly one content."),
    /** No sign of readiness, or several. */
    READY_CHOICE(
            "ready-choice",
            "ready has none of systemd, console, port and vsock, or several.",
            "The machine becomes ready by exactly one sign."),
    /** Not a regular expression. */
    READY_PATTERN(
            "ready-pattern",
            "ready.console is not a regular expression in RE2's syntax.",
            "The console's lines are the guest's, so only what is matched in linear time is taken."),
    /** Readiness by vsock without a vsock. */
    READY_VSOCK(
            "ready-needs-vsock",
            "ready or health asks for systemd or a vsock port, and the machine has no vsock.",
            "The guest says that it is ready over vsock; without one nobody hears it."),
    /** A guest port to which nothing leads. */
    READY_PORT(
            "ready-port",
            "ready.port or health.port is a port of the guest to which no network forwards a port of the host.",
            "The port is tried from the host, through the forward of a network with user: true."),
    /** Health without anything to look at. */
    HEALTH_CHOICE(
            "health-choice",
            "health has neither port nor vsock, and ready has neither; or health has both.",
            "What systemd or the console has said once says nothing of later."),
    /** Two roots. */
    TWO_ROOTS("two-roots", "More than one disk is the root.", "The kernel mounts one root file system."),
    /** root: true and root= in params. */
    ROOT_TWICE(
            "root-twice",
            "root= stands in kernel.params although a disk has root: true, or stands there twice.",
            "root: true adds root= by itself; two of them contradict each other."),
    /** The same id twice. */
    DUPLICATE_ID(
            "duplicate-id",
            "Two devices have the same id or tag.",
            "Overrides and messages name devices by their id; the second could not be addressed."),
    /** An id that is the name of a device kind. */
    RESERVED_ID(
            "reserved-id",
            "An id or tag is a name that crosvm uses itself: of a kind of device, hvc0 or vmm.",
            "sandbox.devices could not tell the one device from all devices of the kind."),
    /** The same path twice with one of them writable. */
    DISK_TWICE(
            "disk-twice",
            "The same image is attached twice and one of the two is writable.",
            "Both would change the same blocks; the lock refuses the second."),
    /** Read-only, and yet it says where writes go. */
    DISK_WRITES(
            "disk-writes",
            "A disk has readOnly: true and says what becomes of writes.",
            "A guest that may only read writes nothing; one of the two is a mistake."),
    /** A size for a disk that cannot grow. */
    DISK_SIZE(
            "disk-size",
            "A size is given for a disk that the guest may only read.",
            "Its image would have to grow, and nothing may be written to it."),
    /** No way out, or several. */
    NETWORK_CHOICE(
            "network-choice",
            "A network has no way out, or several.",
            "Give exactly one of: hostIp with netmask, tap, user: true."),
    /** hostIp without netmask or the other way round. */
    NETMASK_PAIR("netmask-pair", "hostIp stands without netmask, or netmask without hostIp.", "The tap needs both."),
    /** A netmask with holes. */
    BAD_NETMASK("bad-netmask", "A netmask is not a row of ones followed by zeros.", "The kernel refuses it."),
    /** Host address is the network's or the broadcast address. */
    HOST_ADDRESS(
            "host-address",
            "hostIp is the network's own, the broadcast or no usable address.",
            "No interface can have that address."),
    /** A multicast or zero MAC. */
    MULTICAST_MAC(
            "multicast-mac",
            "A MAC address is a group address or all zeros.",
            "Frames from such an address are dropped."),
    /** The same MAC twice. */
    DUPLICATE_MAC("duplicate-mac", "Two networks have the same MAC address.", "Neither gets its own frames only."),
    /** The same tap twice. */
    DUPLICATE_TAP("duplicate-tap", "Two networks use the same tap.", "A tap queue has one owner."),
    /** forward without user. */
    FORWARD_NEEDS_USER(
            "forward-needs-user",
            "forward stands in a network without user: true.",
            "With a tap the host routes by itself; the forward would have no effect."),
    /** mtu of a network whose MTU crosvm does not set. */
    MTU_NEEDS_HOST_IP(
            "mtu-needs-host-ip",
            "mtu stands in a network without hostIp.",
            "crosvm sets the MTU of a tap that it makes; an existing tap has its own, and passt takes packets of any size."),
    /** The guest's address without a network that gives it. */
    ADDRESS_NEEDS_NETWORK(
            "address-needs-network",
            "address stands in a network card that is not on a network of the file.",
            "Only those give their machines addresses."),
    /** A limit for a tap that is not made, or for passt. */
    NETWORK_LIMIT(
            "network-limit",
            "limit stands in a network whose tap crosvm does not make.",
            "Only on a tap of its own does crosvm set the traffic control: an existing tap is its administrator's, and passt has none."),
    /** The same host port twice. */
    DUPLICATE_FORWARD(
            "duplicate-forward", "The same host port is forwarded twice.", "Only one listener can have the port."),
    /** vhost on with passt. */
    VHOST_NEEDS_TAP(
            "vhost-needs-tap", "vhost: on stands in a network with user: true.", "vhost-net works on taps only."),
    /** Several queues with passt. */
    QUEUES_NEED_TAP(
            "queues-need-tap",
            "Several pairs of queues are asked for in a network with user: true.",
            "passt has one; up always fails. Taps have up to eight."),
    /** A balloon as large as the memory. */
    BALLOON_TOO_LARGE(
            "balloon-too-large",
            "balloon.initial is not smaller than memory.",
            "The guest would have no memory to start with."),
    /** A port to a file or socket without a path. */
    PORT_PATH(
            "port-path",
            "A console port leads to a file or socket without a path, or has a path and leads elsewhere.",
            "Only file and socket have a path, and they need one."),
    /** Two ports on the terminal. */
    TERMINAL_TWICE(
            "terminal-twice", "Two console ports lead to the terminal.", "What is typed can go to one of them only."),
    /** Two ports to the same file or socket. */
    PORT_TWICE("port-twice", "Two console ports lead to the same file or socket.", "Each would overwrite the other."),
    /** A port or socket in the place of an input. */
    PATH_TAKEN(
            "path-taken",
            "A path that is written or listened on is used a second time: by the kernel, a disk, a share, the spec itself.",
            "What the one writes, the other would read; and a socket cannot be made where a file is."),
    /** The control socket and a console port are the same. */
    SOCKET_TWICE(
            "socket-twice",
            "The control socket and a console port have the same path.",
            "One socket cannot speak both protocols."),
    /** A device id that no Wayland driver has. */
    WAYLAND_DEVICE_ID(
            "wayland-device-id",
            "wayland.deviceId is neither 63 nor 30.",
            "No guest driver looks for another id; some other driver might take the device for its own."),
    /** The same share twice. */
    SHARE_TWICE(
            "share-twice",
            "The same folder is shared twice and one of the two is writable.",
            "The guest would see changes it did not make through the other one."),
    /** A socket path that is too long. */
    SOCKET_PATH_TOO_LONG(
            "socket-path-too-long",
            "A socket path has more than 107 bytes.",
            "The kernel's address structure for Unix sockets has room for 108 with the final zero."),
    /** The command line is too long. */
    CMDLINE_TOO_LONG(
            "cmdline-too-long",
            "The kernel command line has more than 2047 bytes.",
            "x86 kernels have room for 2048 with the final zero; the rest would be cut off."),
    /** A character that cannot stand in a command line. */
    CMDLINE_CHARACTER(
            "cmdline-character",
            "A kernel parameter has a control or a non-ASCII character in it.",
            "The command line is one line of ASCII; a newline would end it."),
    /** A quote that is not closed. */
    CMDLINE_QUOTE(
            "cmdline-quote",
            "A kernel parameter has an odd number of double quotes.",
            "Everything after it would become part of the same parameter."),
    /** Too many devices. */
    TOO_MANY_DEVICES(
            "too-many-devices",
            "The machine has more devices than PCI slots.",
            "Bus 0 has 32 slots, and slot 0 is the host bridge."),
    /** sandbox.devices names a device that is not there. */
    UNKNOWN_DEVICE(
            "unknown-device",
            "The sandbox names a device this machine does not have.",
            "The line would have no effect; most likely it is misspelt."),
    /** A device in two groups. */
    GROUP_TWICE("group-twice", "A device is in two sandbox groups, or twice in one.", "It runs in one process."),
    /** A device in a group that runs on a thread. */
    GROUP_PLACEMENT(
            "group-placement",
            "A device in a sandbox group runs on a thread.",
            "A group is a process; the two contradict each other."),
    /** A group with the name of a device. */
    GROUP_NAME(
            "group-name",
            "A sandbox group has the name of a device.",
            "Processes are named after their group or their device; the two would be mixed up."),
    /** A device where it cannot run. */
    PLACEMENT(
            "placement",
            "sandbox.devices places a device where it cannot run.",
            "Balloon and console belong to the main process; virtiofsd is a process of its own.");

    private final RuleText text;

    SpecRule(String id, String what, String why) {
        text = new RuleText(id, Severity.ERROR, what, why);
    }

    @Override
    public RuleText text() {
        return text;
    }
}
