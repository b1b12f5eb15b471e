#!/bin/sh
# debian-image.sh [FOLDER]: makes what debian.yaml boots, in FOLDER (default: the script's own): a Debian root image with
# systemd, a network by DHCP and sshd on vsock (debian.ext4, 2 GiB, sparse), and its kernel and initrd (vmlinuz, initrd.img).
#
# Needs the packages mmdebstrap, genext2fs and e2fsprogs, and a Debian mirror; as an ordinary user also uidmap.
# SUITE (bookworm) and MIRROR (mmdebstrap's own choice) say what to take from where, INCLUDE (nothing) which packages more, with
# commas between them. Log in as root, without a password.
set -eu
cd "${1:-$(dirname "$0")}"
suite=${SUITE:-bookworm}
for program in mmdebstrap genext2fs resize2fs tune2fs; do
  command -v $program >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v $program >/dev/null || {
    echo "debian-image.sh: $program is missing. Install: apt install mmdebstrap genext2fs e2fsprogs" >&2
    exit 1
  }
done
PATH=$PATH:/usr/sbin:/sbin
part=$(mktemp -d)
trap 'rm -rf "$part"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$part"

# systemd listens for ssh on vsock by itself from 256 on; before that these units do the same, with the key that crosvm makes for each
# machine. sshd on the network stays off.
mkdir "$part/units"
cat >"$part/units/sshd-vsock.socket" <<'UNIT'
[Unit]
Description=OpenSSH Server Socket (AF_VSOCK)
Documentation=man:sshd(8)

[Socket]
ListenStream=vsock::22
Accept=yes

[Install]
WantedBy=sockets.target
UNIT
cat >"$part/units/sshd-vsock@.service" <<'UNIT'
[Unit]
Description=OpenSSH Per-Connection Server Daemon
Documentation=man:sshd(8)

[Service]
ExecStart=-/usr/sbin/sshd -i -o "AuthorizedKeysFile ${CREDENTIALS_DIRECTORY}/ssh.ephemeral-authorized_keys-all .ssh/authorized_keys .ssh/authorized_keys2"
StandardInput=socket
KillMode=process
RuntimeDirectory=sshd
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes
LoadCredential=ssh.ephemeral-authorized_keys-all
SetCredential=ssh.ephemeral-authorized_keys-all:
UNIT

# The initrd needs what virtio disks need and nothing else; the rest is loaded from the root.
mmdebstrap --variant=minbase \
  --include=systemd-sysv,udev,dbus,systemd-resolved,linux-image-cloud-amd64,iproute2,iputils-ping,e2fsprogs,openssh-server,ca-certificates,curl${INCLUDE:+,$INCLUDE} \
  --aptopt='APT::Install-Recommends "false"' \
  --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
  --essential-hook='printf "MODULES=list\n" > "$1/etc/initramfs-tools/conf.d/crosvm"' \
  --essential-hook='printf "virtio_pci\nvirtio_blk\n" > "$1/etc/initramfs-tools/modules"' \
  --customize-hook='echo debian > "$1/etc/hostname"' \
  --customize-hook='printf "127.0.0.1 localhost\n127.0.1.1 debian\n" > "$1/etc/hosts"' \
  --customize-hook='echo "/dev/vda / ext4 defaults 0 1" > "$1/etc/fstab"' \
  --customize-hook='printf "[Match]\nName=en* eth*\n\n[Network]\nDHCP=yes\n\n[DHCPv4]\nUseDomains=yes\n" > "$1/etc/systemd/network/80-dhcp.network"' \
  --customize-hook='chroot "$1" systemctl --quiet enable systemd-networkd systemd-resolved' \
  --customize-hook='chroot "$1" systemctl --quiet disable ssh' \
  --customize-hook="[ -e \"\$1/usr/lib/systemd/system-generators/systemd-ssh-generator\" ] ||
    { cp '$part'/units/* \"\$1/etc/systemd/system/\" && chroot \"\$1\" systemctl --quiet enable sshd-vsock.socket; }" \
  --customize-hook='chroot "$1" passwd --quiet --delete root' \
  --customize-hook='ln -sf ../run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"' \
  --customize-hook='cp -L "$1/vmlinuz" "$1/tmp/vmlinuz" && cp -L "$1/initrd.img" "$1/tmp/initrd.img"' \
  --customize-hook="download /tmp/vmlinuz '$part/vmlinuz'" \
  --customize-hook="download /tmp/initrd.img '$part/initrd.img'" \
  --customize-hook='rm "$1/tmp/vmlinuz" "$1/tmp/initrd.img"' \
  --format=ext2 "$suite" "$part/debian.ext4" ${MIRROR:+"$MIRROR"}

# mmdebstrap's image is an ext2 that just fits.
truncate -s 2G "$part/debian.ext4"
resize2fs "$part/debian.ext4" 2>/dev/null
tune2fs -I 256 "$part/debian.ext4" >/dev/null # or its clocks end in 2038
tune2fs -O extents,has_journal,uninit_bg,dir_index "$part/debian.ext4" >/dev/null
e2fsck -fyD "$part/debian.ext4" >/dev/null || [ $? -le 1 ]
cp --sparse=always "$part/debian.ext4" "$part/vmlinuz" "$part/initrd.img" .
chmod 644 vmlinuz initrd.img debian.ext4
echo "debian-image.sh: made debian.ext4, vmlinuz and initrd.img in $PWD"
