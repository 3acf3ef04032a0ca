#!/bin/sh
# What the guest of the suite "vm-host" runs until it is killed.
for port in /sys/class/virtio-ports/*; do
  grep -qs '^bondd.mgmt$' "$port/name" && name=${port##*/}
done
echo "GUEST: relay on $name"
[ -e /suite-btmon ] && { btmon -w /out/btsnoop.log >/out/btmon.log 2>&1 & }
exec /test/peer "/dev/$name" /dev/hvc0
