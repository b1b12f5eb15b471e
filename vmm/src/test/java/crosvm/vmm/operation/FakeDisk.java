package crosvm.vmm.operation;

import crosvm.schema.model.DiskLimit;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.module.kind.DiskControl;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A disk that remembers what is done to it, and refuses it if so told. */
final class FakeDisk implements DiskControl {
    final List<Object> done = new CopyOnWriteArrayList<>();
    volatile String refusal = "";
    private final DiskSpec spec;

    FakeDisk(String id) {
        spec = new DiskSpec(id, Path.of("/images", id), null, false, false);
    }

    private void does(Object what) {
        if (!refusal.isEmpty()) {
            throw new VmmException(refusal);
        }
        done.add(what);
    }

    @Override
    public DiskSpec spec() {
        return spec;
    }

    @Override
    public boolean hasFailed() {
        return !refusal.isEmpty();
    }

    @Override
    public long size() {
        return 4096;
    }

    @Override
    public long resize(long bytes) {
        does(bytes);
        return 4096;
    }

    @Override
    public void limit(DiskLimit limit) {
        does(limit);
    }

    @Override
    public void snapshot(Path file) {
        does(file);
    }
}
