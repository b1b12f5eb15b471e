$ crosvm run --cpus 2 --mem size=512 --name box \
    --block path=root.img,root,direct --rwdisk data.img -p "init=/bin/sh" --initrd=rd.img \
    --net tap-name=crosvm_tap,mac=fe:12:34:56:78:90 --vsock 5 --gpu backend=virglrenderer \
    --serial type=stdout,hardware=serial,num=1,console --shared-dir /srv/src:src:type=fs:cache=auto vmlinux
