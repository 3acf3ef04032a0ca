#!/bin/sh
# What the guest of the suite "vm-host" runs until it is killed.
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name")" = bondd.mgmt ] && name=${port##*/}
done
echo "GUEST: relay on $name"
exec /test/peer "/dev/$name" /dev/hvc0
