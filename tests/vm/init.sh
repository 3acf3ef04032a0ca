#!/bin/sh
# Process 1 of the guest: mounts, loads the modules, then runs /suite, by way of
# systemd where that is there.
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
[ -e /lib/systemd/systemd ] && exec /lib/systemd/systemd
exec /run-suite
