package crosvm.vmm.module.kind;

import crosvm.schema.model.DiskSpec;
import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceRecipe;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Disks: the words are the id and {@code ro} or {@code rw}, the descriptor is the image, open and locked. */
public final class BlkRecipe implements DeviceRecipe {
    /** A read, a write, a flush, the serial number, and a type that does not exist (virtio 1.2 §5.2.6). */
    private static final int[] TYPES = {0, 1, 4, 8, 99};

    private static final int WRITE = 1;
    private static final int REHEARSED_BYTES = 1 << 16;

    @Override
    public DeviceParts open(PciFunction plan) {
        DiskSpec disk = (DiskSpec) plan.spec();
        return parts(BlockFile.open(disk.path(), disk.readOnly()), disk.id());
    }

    /** Takes over the image. */
    public static DeviceParts parts(BlockFile image, String id) {
        return new DeviceParts(List.of(id, image.readOnly() ? "ro" : "rw"), List.of(image.file()));
    }

    @Override
    public VirtioBackend make(DeviceParts parts) {
        boolean readOnly = parts.words().get(1).equals("ro");
        return device(
                BlockFile.of(parts.descriptors().get(0), readOnly),
                parts.words().get(0));
    }

    private static VirtioBackend device(BlockFile image, String id) {
        return new ThreadBackend(new BlkDevice(image, id));
    }

    @Override
    public int configSize(PciFunction plan) {
        return BlkDevice.CONFIG_SIZE;
    }

    @Override
    public Rehearsal rehearse() {
        List<Request> requests = new ArrayList<>();
        for (int type : TYPES) {
            byte[] header = ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(type)
                    .array();
            requests.add(
                    type == WRITE
                            ? new Request(0, List.of(header, new byte[BlockFile.SECTOR]), List.of(1))
                            : new Request(0, List.of(header), List.of(BlockFile.SECTOR, 1)));
        }
        return new Rehearsal(device(BlockFile.of(Memfd.sealed("warm disk", REHEARSED_BYTES), false), "warm"), requests);
    }
}
