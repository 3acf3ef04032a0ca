#!/bin/sh
# What the guest of the suite "vm" runs: bondd and the kernel, one adapter of
# BlueZ's emulator each.
[ -e /suite-btmon ] && { btmon -w /out/btsnoop.log >/out/btmon.log 2>&1 & }
exec /test/integration-tests --bondd /test/bondd --policy /test/org.bondd.conf \
  --user bondd --emulator --logs /out --gtest_color=no \
  --gtest_output=json:/out/report.json --gtest_filter="$(cat /test/filter)"
