package crosvm.runner.convert;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Firecracker's configuration file ({@code --config-file}): the bodies of its API's requests under their names. */
final class FirecrackerJson implements ConvertSource {
    FirecrackerJson() {}

    @Override
    public String word() {
        return "firecracker";
    }

    @Override
    public String tool() {
        return "Firecracker";
    }

    @Override
    public Form form() {
        return Form.YAML;
    }

    @Override
    public boolean recognises(Node root) {
        return root.children().stream().anyMatch(child -> child.name().matches("boot-source|machine-config"));
    }

    @Override
    public void convert(Node root, Conversion to) {
        Node boot = root.find("boot-source");
        if (boot != null) {
            Parts.kernel(boot.text("kernel_image_path"), boot.text("initrd_path"), to);
            Parts.params(boot, boot.text("boot_args"), to);
        }
        Node machine = root.find("machine-config");
        if (machine != null) {
            Parts.cpus(machine, machine.text("vcpu_count"), to);
            Long bytes = Values.bytes(machine.text("mem_size_mib"), 1 << 20);
            if (bytes != null) {
                Parts.memory(machine, bytes, to);
            }
            machine.takeIfSays("false", "smt", "track_dirty_pages", "ht_enabled");
            machine.takeIfSays("None", "huge_pages", "cpu_template");
        }
        root.items("drives").forEach(drive -> drive(drive, to));
        root.items("network-interfaces").forEach(network -> network(network, to));
        Node vsock = root.find("vsock");
        if (vsock != null) {
            Parts.vsock(vsock, vsock.text("guest_cid"), to);
            Node socket = vsock.find("uds_path");
            if (socket != null) {
                to.left(socket.take(), "vsock.uds_path", "host programs connect by AF_VSOCK to the context id");
            }
            vsock.text("vsock_id");
        }
        balloon(root.find("balloon"), to);
        Node entropy = root.find("entropy");
        if (entropy != null) {
            entropy.takeIfSays(""); // Seen to, but for what is in it.
            to.put("rng", true);
        }
        Parts.finish(to);
    }

    private static void drive(Node drive, Conversion to) {
        Node path = drive.find("path_on_host");
        if (path == null) {
            to.left(drive.take(), "drive without path_on_host", "crosvm has no vhost-user disks of others");
            return;
        }
        Map<String, Object> disk = Parts.disk(drive.text("drive_id"), path.text(), drive.isTrue("is_read_only"), to);
        if (drive.isTrue("is_root_device")) {
            disk.put("root", true);
        }
        Map<String, Object> limit = new LinkedHashMap<>();
        limit(drive.at("rate_limiter", "bandwidth"), "bandwidth", limit, to);
        limit(drive.at("rate_limiter", "ops"), "iops", limit, to);
        if (!limit.isEmpty()) {
            disk.put("limit", limit);
        }
        drive.takeIfSays("Unsafe", "cache_type");
        drive.takeIfSays("Sync", "io_engine");
    }

    /** A token bucket: so many tokens in so many milliseconds. */
    private static void limit(@Nullable Node bucket, String key, Map<String, Object> limit, Conversion to) {
        if (bucket == null) {
            return;
        }
        String size = bucket.text("size");
        String time = bucket.text("refill_time");
        if (!size.matches("[0-9]{1,15}") || !time.matches("[1-9][0-9]{0,9}")) {
            to.left(bucket, "rate_limiter." + bucket.name(), "is not a number of tokens and of milliseconds");
            return;
        }
        long second = Math.max(1, Long.parseLong(size) * 1000 / Long.parseLong(time));
        limit.put(key, key.equals("bandwidth") ? Conversion.size(second) : (Object) second);
    }

    private static void network(Node network, Conversion to) {
        Parts.network(network.text("iface_id"), network.text("host_dev_name"), network.text("guest_mac"), to);
    }

    private static void balloon(@Nullable Node balloon, Conversion to) {
        if (balloon == null) {
            return;
        }
        Map<String, Object> fields = to.map("balloon");
        Long bytes = Values.bytes(balloon.text("amount_mib"), 1 << 20);
        if (bytes != null && bytes > 0) {
            fields.put("initial", Conversion.size(bytes));
        }
        fields.put("deflateOnOom", balloon.isTrue("deflate_on_oom"));
        if (balloon.at("free_page_reporting") != null) {
            fields.put("freePageReporting", balloon.isTrue("free_page_reporting"));
        }
    }
}
