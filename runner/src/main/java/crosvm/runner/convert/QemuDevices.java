package crosvm.runner.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The devices of a QEMU command line, whose front and back ends stand in options of their own. Used by one thread. */
final class QemuDevices {
    private static final Set<String> DISK_SO_HERE =
            Set.of("aio", "discard", "detect-zeroes", "index", "media", "bootindex", "serial");

    private final Conversion to;
    private final Map<String, Map<String, Object>> networks = new LinkedHashMap<>();
    private final Map<String, Node> drives = new LinkedHashMap<>();
    private final List<String> attached = new ArrayList<>();

    QemuDevices(Conversion to) {
        this.to = to;
    }

    void drive(Node where, Values values) {
        String file = values.take("file");
        String media = values.take("media");
        String bus = values.take("if");
        String id = values.take("id");
        if (file.isEmpty() || bus.equals("pflash") || bus.equals("sd") || bus.equals("floppy")) {
            to.left(where, "-drive " + where.text(), "is not a disk of a Linux machine with virtio devices");
            return;
        }
        boolean readOnly = values.isOn("readonly", "read-only") || media.equals("cdrom");
        Map<String, Object> disk = Parts.disk(id, file, readOnly, to);
        String format = values.take("format");
        Parts.format(disk, format.isEmpty() && file.endsWith(".qcow2") ? "qcow2" : format, where, to);
        Parts.cache(disk, values.isOn("cache.direct") ? "none" : values.take("cache"));
        if (values.isOn("snapshot")) {
            disk.remove("readOnly");
            disk.put("writes", "discard");
        }
        limit(disk, values);
        if (bus.equals("none")) {
            drives.put(id, where);
        } else if (!bus.isEmpty() && !bus.equals("virtio") || bus.isEmpty()) {
            to.note("disk " + disk.getOrDefault("id", file)
                    + " is a virtio disk (/dev/vd…) here, of whatever kind it was");
        }
        rest(where, "-drive", values, DISK_SO_HERE);
    }

    private static void limit(Map<String, Object> disk, Values values) {
        Map<String, Object> limit = new LinkedHashMap<>();
        String iops = values.take("throttling.iops-total", "iops");
        String bandwidth = values.take("throttling.bps-total", "bps");
        if (iops.matches("[1-9][0-9]*")) {
            limit.put("iops", Long.parseLong(iops));
        }
        if (bandwidth.matches("[1-9][0-9]*")) {
            limit.put("bandwidth", Conversion.size(Long.parseLong(bandwidth)));
        }
        if (!limit.isEmpty()) {
            disk.put("limit", limit);
        }
    }

    void netdev(Node where, Values values) {
        network(where, "-netdev", values, "");
    }

    void nic(Node where, Values values) {
        if (values.first().equals("none")) {
            return;
        }
        String mac = values.take("mac", "macaddr");
        values.take("model");
        network(where, "-nic", values, mac);
    }

    private void network(Node where, String option, Values values, String mac) {
        String id = values.take("id");
        String kind = values.first();
        if (!kind.matches("user|tap|passt")) {
            to.left(where, option + " " + where.text(), "is neither a user network nor a tap");
            return;
        }
        String tap = kind.equals("tap") ? values.take("ifname") : "";
        if (kind.equals("tap") && tap.isEmpty()) {
            to.left(where, option + " " + where.text(), "names no tap (ifname)");
            return;
        }
        Map<String, Object> network = Parts.network(id, tap, mac, to);
        networks.put(id, network);
        if (kind.equals("tap")) {
            String vhost = values.take("vhost");
            if (!vhost.isEmpty()) {
                network.put("vhost", vhost.equals("on") ? "on" : "off");
            }
            String queues = values.take("queues");
            if (queues.matches("[2-8]")) {
                network.put("queues", Integer.parseInt(queues));
            }
            values.take("script", "downscript");
        }
        String forward = values.take("hostfwd");
        if (!forward.isEmpty()) {
            forward(where, network, forward);
        }
        rest(where, option, values, Set.of());
    }

    private void forward(Node where, Map<String, Object> network, String text) {
        String[] ends = text.split("-", 2);
        String[] host = ends[0].split(":");
        String[] guest = ends.length < 2 ? new String[0] : ends[1].split(":");
        boolean tcp = host.length == 3 && host[0].matches("tcp|") && host[2].matches("[0-9]+");
        if (tcp && guest.length == 2 && guest[1].matches("[0-9]+")) {
            Parts.forward(network, host[2], guest[1]);
            if (!host[1].isEmpty() || !guest[0].isEmpty()) {
                to.left(where, "hostfwd address " + text, "the port is forwarded on all addresses of the host");
            }
        } else {
            to.left(where, "hostfwd " + text, "is not a forward of a TCP port");
        }
    }

    void device(Node where, Values values) {
        String device = values.first().replaceFirst("-(pci|device|ccw)(-(non-)?transitional)?$", "");
        Set<String> placed = Set.of("id", "bus", "addr", "bootindex", "multifunction");
        switch (device) {
            case "virtio-blk", "scsi-hd", "ide-hd", "nvme" -> attached.add(values.take("drive"));
            case "virtio-net", "e1000", "e1000e", "rtl8139" -> {
                Map<String, Object> network = networks.get(values.take("netdev"));
                String mac = values.take("mac");
                if (network == null) {
                    to.left(where, "-device " + where.text(), "has no -netdev before it");
                } else if (!mac.isEmpty()) {
                    network.put("mac", mac);
                }
                values.take("mq", "vectors");
            }
            case "virtio-balloon" -> {
                Map<String, Object> balloon = to.map("balloon");
                balloon.put("deflateOnOom", values.isOn("deflate-on-oom"));
                balloon.put("freePageReporting", values.isOn("free-page-reporting"));
            }
            case "virtio-rng" -> {
                to.put("rng", true);
                values.take("rng");
            }
            case "vhost-vsock" -> Parts.vsock(where, values.take("guest-cid"), to);
            case "virtio-scsi", "pcie-root-port", "pvpanic" -> {
                // Nothing hangs on them here, or crosvm has it anyway.
            }
            default -> {
                to.left(where, "-device " + where.text(), "has no counterpart");
                return;
            }
        }
        rest(where, "-device " + values.first(), values, placed);
    }

    void object(Node where, Values values) {
        if (!values.first().matches("rng-random|rng-builtin|iothread|memory-backend-memfd")) {
            to.left(where, "-object " + where.text(), "has no counterpart");
        }
    }

    void finish() {
        drives.forEach((id, where) -> {
            if (!attached.contains(id)) {
                to.left(where, "-drive id=" + id, "no -device attached it; here it is a disk of the machine");
            }
        });
        if (!to.has("balloon")) {
            to.map("balloon").put("enabled", false);
        }
    }

    private void rest(Node where, String option, Values values, Set<String> soHere) {
        values.rest().forEach((key, text) -> {
            if (!soHere.contains(key)) {
                to.left(where, option + " " + key + "=" + text, "has no counterpart");
            }
        });
    }
}
