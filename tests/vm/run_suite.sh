#!/bin/sh
# Runs /suite and writes its exit status to the debug-exit port, which ends QEMU.
/suite
status=$?
dmesg > /out/dmesg.log
echo "GUEST: done after $(cut -d' ' -f1 /proc/uptime) s, status $status"
umount -l /out
sync
printf "\\$(printf %03o $status)" |
  dd of=/dev/port bs=1 seek=244 conv=notrunc 2>/dev/null
poweroff -f
