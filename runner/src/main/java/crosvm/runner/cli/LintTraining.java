package crosvm.runner.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder of specs that brings up what {@link ArchiveTraining}'s single ones do not: what lint does for some files in a thousand. */
final class LintTraining {
    private static final Map<String, String> FILES = new TreeMap<>(Map.of(
            ".crosvmignore",
            """
            # passed over
            old/*
            """,
            "fleet.yaml",
            """
            name: training
            include: [more.yaml]
            defaults: {kernel: {builtin: hello}, memory: 64MiB, console: {com2: none}}
            machines:
              first: {cpus: 2, memory: 128MiB}
              worker:
                replicas: 2
                dependsOn: [first]
                console: {com2: {to: file, path: "${CROSVM_MACHINE}.log"}}
              spare:
                profiles: [extra]
                dependsOn: {first: ended}
            """,
            "more.yaml",
            """
            machines: {first: {restart: on-crash}}
            """,
            "a.vm.yaml",
            """
            # crosvm-lint: ignore-file=no-root it is a test
            kernel:
              image: vmlinuz
              params: |
                quiet console=ttyS0 # the first port
            memory: ${MEMORY:-512MiB}
            disks:
              - {path: b.img, readOnly: false} # crosvm-lint: ignore=fleet-disk
              - {path: c.qcow2, format: qcow2, writes: discard}
            networks:
              - {tap: tap7, mac: "52:54:00:12:34:56", vhost: auto}
              - {hostIp: 10.1.1.1, netmask: 255.255.255.0}
              - {user: true, forward: ["8443:443"]}
            vsock: auto
            sandbox:
              policyDir: policies
              onViolation: log # crosvm-lint: ignore=violations-allowed,memory-unit we look
            shares: [{tag: src, path: src}, {tag: out, path: src/out, readOnly: false}]
            guest:
              cloudInit:
                userData: |
                  #cloud-config
                  packages: [git]
            ready: {console: "(?i)login: ?$"}
            health: {interval: 20s, vsock: 9}
            """,
            "b.vm.yaml",
            """
            name: a
            kernel: {from: root, params: [panic=1, "root=/dev/vda"]}
            disks:
              - path: b.img
                root: true
                readOnly: false
              - source: {url: "https://example.org/b.img.xz", sha256: "%s"}
            sandbox: off
            console: {com1: none, com2: {to: file, path: a.log}, com3: {to: file, path: a.log}}
            networks: [{tap: eth0}, {user: true, forward: ["80:80", "8443:443"]}]
            """.formatted("0".repeat(64)),
            "c.vm.yaml",
            """
            kernel: &kernel {builtin: hello}
            restart: always
            memory: '100000'
            nmae: x
            """,
            "compose.yaml",
            """
            services:
              web: {image: nginx}
            # kernel: none
            """));

    private LintTraining() {}

    /** Lints the folder, with all reports. */
    static void run() throws IOException {
        Path folder = Files.createTempDirectory("crosvm-training");
        try {
            for (Map.Entry<String, String> file : FILES.entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue());
            }
            for (String format : new String[] {"text", "json", "sarif", "github"}) {
                String[] words = {"lint", "-v", "--format", format, folder.toString()};
                new Crosvm(ArchiveTraining.streams("")).run(words);
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }
}
