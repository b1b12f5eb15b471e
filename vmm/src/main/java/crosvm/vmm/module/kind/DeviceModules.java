package crosvm.vmm.module.kind;

import crosvm.schema.model.VmSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.schema.model.VmSpec.DeviceSpec;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.GraphPlanner;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.module.DeviceModule;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.PendingBackend;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All kinds of devices, one line each, and what is asked of whichever is the right one. */
public final class DeviceModules {
    private static final List<DeviceModule<?>> ALL = List.of(
            new BlkModule(),
            new RngModule(),
            new BalloonModule(),
            new NetModule(),
            new WlModule(),
            new VsockModule(),
            new ConsoleModule(),
            new FsModule(),
            new CloudInitModule());

    private DeviceModules() {}

    /** All of them. */
    public static List<DeviceModule<?>> all() {
        return ALL;
    }

    /** Those whose devices can run in a jailed process of ours. */
    public static List<HostedModule<?, ?>> hosted() {
        List<HostedModule<?, ?>> hosted = new ArrayList<>();
        for (DeviceModule<?> module : ALL) {
            if (module instanceof HostedModule<?, ?> one) {
                hosted.add(one);
            }
        }
        return hosted;
    }

    /** @throws IllegalStateException when there is none: its line is missing here */
    public static DeviceModule<?> of(DeviceKind kind) {
        for (DeviceModule<?> module : ALL) {
            if (module.kind() == kind) {
                return module;
            }
        }
        throw new IllegalStateException("no module for devices of kind " + kind);
    }

    /** @throws IllegalStateException when devices of this kind do not run in processes of ours */
    public static HostedModule<?, ?> hosted(DeviceKind kind) {
        if (of(kind) instanceof HostedModule<?, ?> module) {
            return module;
        }
        throw new IllegalStateException("devices of kind " + kind + " do not run in processes of ours");
    }

    /**
     * The device graph of a spec.
     *
     * @throws crosvm.vmm.graph.PlanException when no machine can be made of it, naming the field to change
     */
    public static DeviceGraph plan(VmSpec spec) {
        return GraphPlanner.plan(spec, ALL);
    }

    /** {@link DeviceModule#begin} of the right one. */
    public static PendingBackend begin(PciFunctionPlan plan, DeviceSite site) {
        return begin(of(plan.kind()), plan, site);
    }

    private static <S extends DeviceSpec> PendingBackend begin(
            DeviceModule<S> module, PciFunctionPlan plan, DeviceSite site) {
        return module.begin(module.own(plan.spec()), plan, site);
    }

    /** {@link DeviceModule#probe} of the right one. */
    public static @Nullable String probe(PciFunctionPlan plan) {
        return probe(of(plan.kind()), plan);
    }

    private static <S extends DeviceSpec> @Nullable String probe(DeviceModule<S> module, PciFunctionPlan plan) {
        return module.probe(module.own(plan.spec()));
    }
}
