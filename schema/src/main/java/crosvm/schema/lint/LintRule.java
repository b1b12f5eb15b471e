package crosvm.schema.lint;

import crosvm.schema.problem.Rule;
import crosvm.schema.problem.RuleText;
import crosvm.schema.problem.Severity;

/** What runs, but probably not as meant. */
public enum LintRule implements Rule {
    /** Nothing to mount. */
    NO_ROOT(
            "no-root",
            "A kernel image has neither an initrd nor a root file system.",
            "It will panic: unable to mount root fs."),
    /** A parameter that crosvm gives already. */
    PARAM_COLLISION(
            "param-collision",
            "kernel.params contradict a parameter that crosvm adds: console, reboot or panic.",
            "Yours wins, so the terminal may stay dark, or the end of the guest may not be noticed."),
    /** The same parameter twice. */
    DUPLICATE_PARAM(
            "duplicate-param",
            "The same kernel parameter is given twice.",
            "The second has no effect, or silently wins."),
    /** Finding the machine is turned off. */
    ACPI_OFF(
            "acpi-off",
            "A kernel parameter turns off ACPI, PCI or the APIC.",
            "The guest finds its devices by ACPI and PCI; without them it has none."),
    /** mem= beside memory. */
    MEM_PARAM("mem-param", "mem= is given beside memory.", "The guest then uses less memory than the machine has."),
    /** Fewer CPUs by parameter. */
    CPUS_LIMITED(
            "cpus-limited",
            "A kernel parameter (nosmp, maxcpus=, nr_cpus=) leaves vCPUs unused.",
            "They cost a thread each and do nothing."),
    /** Weakened guest. */
    MITIGATIONS_OFF(
            Severity.INFO,
            "mitigations-off",
            "A kernel parameter turns off the guest's protections.",
            "Programs in the guest can then read the guest kernel's memory."),
    /** A secret on the command line. */
    SECRET_IN_PARAMS(
            "secret-in-params",
            "A kernel parameter looks like a password, passphrase or token, or has a URL with a password.",
            "Every program in the guest can read /proc/cmdline, and the file is in your repository."),
    /** rw with a read-only root. */
    ROOT_READ_ONLY(
            "root-read-only",
            "The parameter rw is given although the disk that is the root is read-only.",
            "The guest will fail to write to its root file system."),
    /** root= of something that is not there. */
    ROOT_ABSENT(
            "root-absent",
            "root= names a disk, share or network that the machine does not have.",
            "The kernel will wait for it, or panic: unable to mount root fs."),
    /** A comment that is none. */
    PARAM_COMMENT(
            "param-comment",
            "A # comment stands inside a text of kernel.params.",
            "In a folded, literal or quoted text # begins no comment, so that it all reaches the kernel."),
    /** A field without effect. */
    USELESS_FIELD(
            "useless-field",
            "A field has no effect because of what another one says.",
            "Whoever reads the file believes that it has."),
    /** Windows. */
    WINDOWS_PATH(
            "windows-path",
            "A path has a drive letter or backslashes.",
            "Linux separates folders by /; a backslash is part of a name."),
    /** A folder for a file, or the other way round. */
    FOLDER_PATH(
            "folder-path",
            "A path names a folder where a file is meant, or a file where a folder is.",
            "It cannot be opened as what it is used for."),
    /** A device node for a file. */
    DEVICE_PATH(
            "device-path",
            "A path in /dev stands where a file is meant.",
            "A device node has no end, and other programs read and write it too."),
    /** Too little memory. */
    SMALL_MEMORY(
            "small-memory",
            "A kernel image gets less than 64MiB.",
            "Stock distribution kernels do not finish booting in that."),
    /** A number of MiB that was meant in another unit. */
    MEMORY_UNIT(
            "memory-unit",
            "A plain number stands for 64GiB or more.",
            "Plain numbers are MiB; it was probably meant in KiB or bytes."),
    /** No huge pages. */
    MEMORY_ALIGNMENT(
            "memory-alignment",
            "Memory is not a whole number of 2MiB.",
            "The rest cannot be backed by huge pages, which makes it slower."),
    /** Most memory in the balloon. */
    BALLOON_LARGE(
            "balloon-large",
            "The balloon starts with more than three quarters of the memory.",
            "The guest probably runs out of memory while booting."),
    /** A limit below what the machine takes by itself. */
    LIMIT_SMALL(
            "limit-small",
            "limits.memory is less than the guest's memory and that of crosvm's processes together.",
            "Once the guest has used its memory, the kernel ends the machine for want of more."),
    /** A path into somebody's home. */
    HOME_PATH(
            "home-path",
            "A path leads into a user's home folder.",
            "The file works for one user only. Write it relative to the file, or with ${HOME}."),
    /** A variable that is not filled in. */
    BARE_VARIABLE(
            "bare-variable",
            "A path, tap or kernel parameter has a variable without braces in it.",
            "Only ${NAME} is filled in; $NAME stays as it is."),
    /** A URL. */
    URL_PATH(
            "url-path",
            "A path looks like a URL.",
            "A path is a file of the host: crosvm would look for a folder named https:. Images that are downloaded have a source."),
    /** A bare word of YAML 1.1's booleans, as a word. */
    BARE_SWITCH(
            "bare-switch",
            "A bare no, on or off stands where crosvm wants that word.",
            "YAML 1.1 tools read it as false or true, and then find the file wrong. In quotes it is a word everywhere."),
    /** Not a raw image. */
    NOT_RAW_IMAGE(
            "not-raw-image",
            "A disk has the ending of a format that is not raw.",
            "The guest would see the format's header instead of its file system."),
    /** Not a kernel. */
    NOT_A_KERNEL(
            "not-a-kernel",
            "kernel.image has the ending of an archive, package or disk.",
            "Only an ELF64 vmlinux or a bzImage boots."),
    /** A host disk that the guest may write. */
    HOST_DEVICE(
            "host-device",
            "A writable disk is a device of the host.",
            "The guest can destroy the host's file systems and those of other machines."),
    /** A system folder that is shared. */
    SHARE_SYSTEM_FOLDER(
            "share-system-folder",
            "A writable share is a system folder of the host.",
            "The guest can change the host's programs and configuration."),
    /** A writable share with the machine's own files in it. */
    SHARE_HOLDS_FILES(
            "share-holds-files",
            "A writable share holds the spec file, or a file or socket that the machine is made of.",
            "The guest can change what it is started from the next time, and so get what the spec denies it."),
    /** One share in another. */
    NESTED_SHARES(
            "nested-shares",
            "A share lies in another one, and one of the two is writable.",
            "What is read-only through the one can be written through the other, or changes unseen."),
    /** A public address. */
    PUBLIC_HOST_IP(
            "public-host-ip",
            "hostIp is not from a private range.",
            "The host can then no longer reach the real owner of the address."),
    /** Overlapping networks. */
    OVERLAPPING_NETWORKS(
            "overlapping-networks",
            "Two networks of the machine have overlapping address ranges.",
            "The host has two routes to the same addresses and takes one of them."),
    /** User data that cloud-init does not know. */
    USER_DATA_FORMAT(
            "user-data-format",
            "User data begins with neither #cloud-config nor #! nor another of cloud-init's beginnings.",
            "cloud-init tells by the first line what it is, and passes over what it does not know."),
    /** A seed's file that is not YAML. */
    SEED_NOT_YAML(
            "seed-not-yaml",
            "Cloud-config, meta data or network configuration of guest.cloudInit is not YAML, or has no keys.",
            "cloud-init passes it over with a line in its log, and the guest is not set up."),
    /** A secret in the spec. */
    SECRET_IN_SEED(
            "secret-in-seed",
            "A text of guest.cloudInit in the spec looks like a password, token or private key.",
            "The file is in your repository. A file of its own need not be."),
    /** Somebody's real MAC. */
    MAC_NOT_LOCAL(
            "mac-not-local",
            "A MAC address is not locally administered.",
            "It belongs to a manufacturer, and may belong to a card near you."),
    /** A tap named like a real interface. */
    TAP_NAME("tap-name", "A tap has the name of a real interface.", "lo, eth0, docker0 and the like are not taps."),
    /** A privileged port. */
    PRIVILEGED_PORT(
            "privileged-port",
            "A host port below 1024 is forwarded.",
            "An ordinary user cannot listen there, and user networks are for ordinary users."),
    /** More queues than CPUs. */
    MORE_QUEUES_THAN_CPUS(
            "more-queues-than-cpus",
            "A network has more pairs of queues than the machine has vCPUs.",
            "The rest is never used."),
    /** Nothing to see. */
    NO_CONSOLE(
            "no-console", "Neither com1 nor hvc0 leads anywhere.", "When the guest does not boot, nothing says why."),
    /** A socket where everybody can write. */
    SOCKET_IN_TMP(
            "socket-in-tmp",
            "A socket is in /tmp, /var/tmp or /dev/shm.",
            "Another user can take its place before crosvm starts."),
    /** No jail. */
    SANDBOX_OFF(
            "sandbox-off", "The sandbox is off.", "A guest that breaks a device then has all your rights on the host."),
    /** Sandbox settings without a sandbox. */
    SANDBOX_UNUSED(
            "sandbox-unused", "The sandbox is off, but has settings.", "They have no effect until it is on again."),
    /** Violations allowed. */
    VIOLATIONS_ALLOWED(
            "violations-allowed",
            "sandbox.onViolation is log.",
            "Forbidden system calls then go through; that is for writing policies only."),
    /** The sandbox names a kind that is not there. */
    ABSENT_DEVICE(
            "absent-device",
            "The sandbox names a kind of device this machine does not have.",
            "The line has no effect."),
    /** A jail without its policy. */
    POLICY_MISSING(
            "policy-missing",
            "sandbox.policyDir, given relative to the file, lacks the policy of a device that is jailed.",
            "The machine would not start: a device is jailed by its own policy or not at all."),
    /** A group of one. */
    GROUP_OF_ONE(
            "group-of-one", "A sandbox group has fewer than two members.", "A device has a process of its own anyway."),
    /** A demonstration that restarts for ever. */
    RESTART_LOOP(
            "restart-loop",
            "A built-in guest has restart: always.",
            "It powers off by itself as soon as it is done, so it would restart for ever.");

    private final RuleText text;

    LintRule(String id, String what, String why) {
        this(Severity.WARNING, id, what, why);
    }

    LintRule(Severity severity, String id, String what, String why) {
        text = new RuleText(id, severity, what, why);
    }

    @Override
    public RuleText text() {
        return text;
    }
}
