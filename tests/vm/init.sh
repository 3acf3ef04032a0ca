#!/bin/sh
# Process 1 of the guest: mounts, loads the modules, runs /suite, writes its
# exit status to the debug-exit port, which ends QEMU.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/ TMPDIR=/tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /out
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp && chmod 1777 /tmp
mount -t debugfs debugfs /sys/kernel/debug
ip link set lo up
for module in $(cat /modules/order); do
  insmod "/modules/$module" || echo "GUEST: $module can't be loaded"
done
mount -t 9p -o trans=virtio,version=9p2000.L out /out ||
  echo 'GUEST: no results folder'
echo "GUEST: up after $(cut -d' ' -f1 /proc/uptime) s"
/suite
status=$?
dmesg > /out/dmesg.log
echo "GUEST: done after $(cut -d' ' -f1 /proc/uptime) s, status $status"
umount /out
sync
printf "\\$(printf %03o $status)" |
  dd of=/dev/port bs=1 seek=244 conv=notrunc 2>/dev/null
poweroff -f
