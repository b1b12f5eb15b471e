package crosvm.vmm.module.kind;

import crosvm.vmm.module.DeviceRecipe;
import java.util.List;

/** The kinds of devices that a jailed process of ours can run: one line each. */
public final class DeviceRecipes {
    public static final List<String> KINDS = List.of("blk", "net", "rng", "wl", "vsock");

    private DeviceRecipes() {}

    /** @throws IllegalStateException for a kind without one: the catalog promises what is not there */
    public static DeviceRecipe of(String kind) {
        return switch (kind) {
            case "blk" -> new BlkRecipe();
            case "net" -> new NetRecipe();
            case "rng" -> new RngRecipe();
            case "wl" -> new WlRecipe();
            case "vsock" -> new VsockRecipe();
            default -> throw new IllegalStateException("no recipe for a device of kind " + kind);
        };
    }
}
