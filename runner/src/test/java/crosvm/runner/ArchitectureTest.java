package crosvm.runner;

import crosvm.walls.ModuleRules;
import java.util.List;

/** The walls in and round this module. */
class ArchitectureTest extends ModuleRules {
    ArchitectureTest() {
        super(
                List.of(
                        "crosvm.runner.cli..",
                        "crosvm.runner.serve..",
                        "crosvm.runner.metrics..",
                        "crosvm.runner.event..",
                        "crosvm.runner.convert..",
                        "crosvm.runner.export..",
                        "crosvm.runner.remote..",
                        "crosvm.runner.ssh..",
                        "crosvm.runner.instance..",
                        "crosvm.runner.network..",
                        "crosvm.runner.egress..",
                        "crosvm.runner.bootentry..",
                        "crosvm.runner.image..",
                        "crosvm.runner.report..",
                        "crosvm.runner.readiness..",
                        "crosvm.runner"),
                List.of("crosvm.schema..", "crosvm.seccomp..", "crosvm.vmm.."),
                // jdk.net tells who is at the other end of a Unix socket, which keeps native code out of quick
                // commands.
                List.of(
                        "picocli..",
                        "com.google.re2j..",
                        "org.eclipse.elk..",
                        "org.eclipse.emf..",
                        "jdk.net",
                        "javax.xml.stream..",
                        "com.sun.net.httpserver",
                        "org.apache.commons.compress..",
                        "org.tukaani.xz..",
                        "com.github.luben.zstd.."));
    }
}
