package crosvm.schema.load;

/** A machine that uses every field there is, except the built-in kernel. */
public final class FullSpec {
    /** Its file. */
    public static final String YAML = """
            name: web
            kernel: {image: vmlinuz, initrd: /boot/initrd, params: [quiet, "a=\\"b c\\"", "cost=$$5"]}
            memory: 2GiB
            cpus: 4
            disks:
              - {path: root.img, root: true}
              - {id: data, path: ../data.img, readOnly: false}
              - id: seed
                source:
                  url: https://example.org/seed.img.xz
                  sha256: bf07a7fbb825fc0aae7bf4a1177b2b31fcf8a3feeaf7092761e18c859ee52a9c
              - id: work
                path: base.qcow2
                format: qcow2
                writes: work.qcow2
                size: 8GiB
                limit: {iops: 500, bandwidth: 50MiB}
                cache: none
            networks:
              - {hostIp: 192.168.1.1, netmask: 255.255.255.0, mac: "52:54:00:12:34:56", vhost: on, mtu: 9000, limit: {rx: 10MiB, tx: 5MiB}}
              - {user: true, forward: ["8080:80"]}
              - {tap: tap0, queues: 2}
            vsock: {cid: 3}
            wayland: {socket: /run/user/1000/wayland-0, group: video, deviceId: 30}
            balloon: {initial: 64MiB, deflateOnOom: false, freePageReporting: false}
            rng: off
            console: {com1: {to: file, path: log}, com2: none, hvc0: {to: socket, path: hvc0.sock}}
            shares: [{tag: src, path: src, readOnly: false}]
            sandbox:
              devices: {rng: thread}
              groups: {small: [blk, data]}
              onViolation: log
              onFailure: continue
              policyDir: policies
            control: /run/x.sock
            restart: on-crash
            guest:
              hostname: web.example.org
              timezone: Europe/Berlin
              sshKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlLb2Zq me@host"]
              credentials: {token: {file: token.txt}, user: {env: API_USER}}
              cloudInit:
                userData: "#cloud-config\\npackages: [nginx]\\n"
                metaData: {file: meta-data.yaml}
                networkConfig: {text: "version: 2"}
            ready: {port: 80, within: 2m}
            health: {vsock: 22, interval: 10s, retries: 5}
            limits: {cpu: 1.5, memory: 3GiB, io: {read: 100MiB, write: 50MiB, readIops: 1000, writeIops: 500}, pids: 400}
            """;

    private FullSpec() {}
}
