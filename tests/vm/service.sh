#!/bin/sh
# What the guest of the suite "vm-service" runs: bondd as `meson install` lays
# it down, started by systemd, with both adapters of BlueZ's emulator.
export PATH=/bin:/sbin:/usr/sbin
failed=0

# check NAME COMMAND...: one case.
check() {
  name=$1
  shift
  if "$@" >/tmp/said 2>&1; then
    echo "pass $name" >>/out/cases
  else
    echo "FAIL $name" >>/out/cases
    failed=1
    echo "--- $name"
    cat /tmp/said
    systemctl --no-pager status bondd
  fi
}

# Until the command succeeds; a minute at most.
await() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || return 1
    sleep 0.2
  done
}

adapter() {  # adapter NAME METHOD [ARGUMENTS...]
  path=/org/bondd/$1
  shift
  busctl --timeout=60 call org.bondd "$path" org.bondd.Adapter1 "$@"
}

property() {  # property NAME PROPERTY
  busctl get-property org.bondd "/org/bondd/$1" org.bondd.Adapter1 "$2"
}

version() {
  busctl get-property org.bondd /org/bondd org.bondd.Manager1 Version
}

stranger() {  # stranger GROUPS COMMAND...
  groups=$1
  shift
  /bin/setpriv --reuid=nobody --regid=nogroup "$groups" "$@"
}

address_of() { property "$1" Address | cut -d'"' -f2; }
powered() { [ "$(property "$1" Powered)" = 'b true' ]; }
main_pid() { systemctl show -P MainPID bondd; }

not_started_while_disabled() {
  ! version && ! systemctl --quiet is-active bondd
}

started_by_a_call() {
  systemctl enable bondd && version && systemctl is-active bondd
}

confined() {
  cat "/proc/$(main_pid)/status"
  grep -q '^Uid:.101.101.101.101$' "/proc/$(main_pid)/status" &&
    grep -q '^CapEff:.0000000000001000$' "/proc/$(main_pid)/status" &&
    grep -q '^CapBnd:.0000000000001000$' "/proc/$(main_pid)/status" &&
    grep -q '^NoNewPrivs:.1$' "/proc/$(main_pid)/status" &&
    grep -q '^Seccomp:.2$' "/proc/$(main_pid)/status"
}

private_state() {
  ls -la /var/lib/bondd
  [ "$(stat -c '%U %a' /var/lib/bondd)" = 'bondd 700' ]
}

has_its_adapters() { await powered hci0 && await powered hci1; }

pairs() {
  adapter hci1 AcceptPairing 'a{sv}' 0 &&
    adapter hci1 StartAdvertising 'a{sv}' 0 &&
    adapter hci0 InitiatePairing 'ssa{sv}' "$(address_of hci1)" public 0 \
      >/tmp/result || return 1
  cat /tmp/result
  grep -q '"Status" s "ok"' /tmp/result && grep -q '"Bonded" b true' /tmp/result
}

bonded() {
  [ "$(adapter "$1" IsDeviceBonded sss "$(address_of "$2")" public any)" = \
    'b true' ]
}

keeps_its_bonds() {
  systemctl restart bondd && has_its_adapters && bonded hci0 hci1 &&
    bonded hci1 hci0
}

closed_to_strangers() {
  ! stranger --clear-groups busctl get-property org.bondd /org/bondd \
    org.bondd.Manager1 Version && version
}

open_to_its_group() {
  stranger --groups=bondd busctl get-property org.bondd /org/bondd \
    org.bondd.Manager1 Version
}

another_pid() {
  [ "$(main_pid)" != "$1" ] && systemctl --quiet is-active bondd
}

comes_back() {
  old=$(main_pid)
  [ "$old" -gt 1 ] && kill -9 "$old" || return 1
  await another_pid "$old" && has_its_adapters
}

stays_down_with_a_bad_configuration() {
  systemctl stop bondd
  echo '[Nonsense]' >>/etc/bondd/bondd.conf
  systemctl start bondd && return 1
  # Longer than RestartSec.
  sleep 3
  systemctl show -P ExecMainStatus -P NRestarts -P ActiveState bondd
  [ "$(systemctl show -P ExecMainStatus bondd)" = 78 ] &&
    [ "$(systemctl show -P NRestarts bondd)" = 0 ] &&
    [ "$(systemctl show -P ActiveState bondd)" = failed ]
}

btvirt -L -l2 >/dev/null 2>&1 &
await test -e /sys/class/bluetooth/hci1
printf '[Adapters]\nUse=hci0 hci1\n' >>/etc/bondd/bondd.conf

check IsNotStartedByACallWhileItIsDisabled not_started_while_disabled
check IsStartedByACallOnceItIsEnabled started_by_a_call
check RunsAsItsUserWithNetAdminAlone confined
check KeepsItsStateToItself private_state
check HasTheAdaptersOfItsConfiguration has_its_adapters
check PairsAndBonds pairs
check KeepsItsBondsOverARestart keeps_its_bonds
check IsClosedToStrangers closed_to_strangers
check IsOpenToMembersOfItsGroup open_to_its_group
check ComesBackWhenItIsKilled comes_back
check StaysDownWithABadConfiguration stays_down_with_a_bad_configuration
exit $failed
