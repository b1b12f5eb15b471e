#!/bin/sh
# Starts the web server.
set -e
RAM=1G
sudo qemu-system-x86_64 -enable-kvm -cpu host -machine q35,accel=kvm \
    -name "web,debug-threads=on" -m 2G -smp 4,sockets=1 \
    -kernel /boot/vmlinuz -initrd initrd.img -append 'console=ttyS0 root=/dev/vda rw quiet' \
    -drive file=root.qcow2,if=virtio,format=qcow2,cache=none \
    -drive id=iso,file=tools.iso,media=cdrom,if=none -device ide-cd,drive=iso \
    -netdev user,id=lan,hostfwd=tcp::8080-:80 -device virtio-net-pci,netdev=lan,mac=52:54:00:12:34:56 \
    -device virtio-rng-pci -device vhost-vsock-pci,guest-cid=9 \
    -device usb-tablet -vga std -monitor unix:mon.sock,server -serial mon:stdio -nographic &
