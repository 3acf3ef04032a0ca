#!/bin/sh
# What the guest of the suite "vm-service" runs.
. /installed.sh

version() {
  busctl get-property org.bondd /org/bondd org.bondd.Manager1 Version
}

stranger() {  # stranger GROUPS COMMAND...
  groups=$1
  shift
  /bin/setpriv --reuid=nobody --regid=nogroup "$groups" "$@"
}

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

has_its_adapters() { await powered hci0 && await powered hci1; }

private_state() {
  ls -la /var/lib/bondd
  [ "$(stat -c '%U %a' /var/lib/bondd)" = 'bondd 700' ]
}

pairs() {
  adapter hci1 AcceptPairing 'a{sv}' 0 &&
    adapter hci1 StartAdvertising 'a{sv}' 0 &&
    adapter hci0 InitiatePairing 'ssa{sv}' "$(address_of hci1)" public 0 \
      >/tmp/result || return 1
  cat /tmp/result
  grep -q '"Status" s "ok"' /tmp/result && grep -q '"Bonded" b true' /tmp/result
}

keeps_its_bonds() {
  systemctl restart bondd && has_its_adapters && bonded hci0 hci1 &&
    bonded hci1 hci0
}

# There is no TPM: systemd's own key on this host has to do. The unit looks for
# the credential as it is shipped.
moves_to_the_credential() {
  mkdir -p /etc/credstore.encrypted /var/lib/systemd && systemd-creds setup &&
    dd if=/dev/urandom bs=32 count=1 |
    systemd-creds encrypt --with-key=host --name=bondd.key - \
      /etc/credstore.encrypted/bondd.key || return 1
  systemctl stop bondd
  systemd-run --wait --pipe -p User=bondd -p StateDirectory=bondd \
    -p LoadCredentialEncrypted=bondd.key bondd --rekey || return 1
  ls -la /var/lib/bondd
  [ ! -e /var/lib/bondd/bonds.key ] && systemctl start bondd &&
    has_its_adapters && bonded hci0 hci1 && bonded hci1 hci0
}

keeps_its_bonds_under_the_credential() {
  keeps_its_bonds && [ ! -e /var/lib/bondd/bonds.key ] &&
    [ "$(store_notices)" = 'as 0' ]
}

store_notices() {
  busctl get-property org.bondd /org/bondd org.bondd.Manager1 StoreNotices
}

refuses_bonds_without_the_credential() {
  mv /etc/credstore.encrypted/bondd.key /tmp/ && systemctl restart bondd &&
    has_its_adapters || return 1
  store_notices
  [ "$(store_notices)" != 'as 0' ] && ! bonded hci0 hci1 || return 1
  pairs && return 1
  mv /tmp/bondd.key /etc/credstore.encrypted/ && keeps_its_bonds
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

# A core dump of a process that is killed as if it had crashed: its file.
core_of() {
  /bin/prlimit --pid "$1" --core=unlimited && kill -SEGV "$1" &&
    echo "/cores/$1"
}

is_sleep() { [ "$(cat "/proc/$1/comm")" = sleep ]; }

# What RLIMIT_CORE and the unit forbid root may allow again, and a program behind
# a pipe gets a core dump whatever the limit is: see core(5).
leaves_no_core_dump_at() {  # leaves_no_core_dump_at PATTERN
  echo "$1" >/proc/sys/kernel/core_pattern
  # Any other program of bondd's user leaves one.
  /bin/setpriv --reuid=bondd --regid=bondd --clear-groups /bin/sleep 600 &
  other=$!
  await is_sleep "$other" && await test -s "$(core_of "$other")" || return 1
  systemctl reset-failed bondd
  old=$(main_pid)
  core=$(core_of "$old") || return 1
  await another_pid "$old" && has_its_adapters && bonded hci0 hci1 &&
    [ ! -e "$core" ]
}

leaves_no_core_dump() {
  mkdir -m 1777 /cores
  printf '#!/bin/sh\nexec /bin/cat >"/cores/$1"\n' >/take-core
  chmod 755 /take-core
  leaves_no_core_dump_at '/cores/%P' && leaves_no_core_dump_at '|/take-core %P'
}

# To other processes of its own user it belongs to root.
closed_to_debuggers() {
  [ "$(stat -c %U "/proc/$(main_pid)/environ")" = root ]
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

printf '[Adapters]\nUse=hci0 hci1\n' >>/etc/bondd/bondd.conf

check IsNotStartedByACallWhileItIsDisabled not_started_while_disabled
check IsStartedByACallOnceItIsEnabled started_by_a_call
check RunsAsItsUserWithNetAdminAlone confined
check KeepsItsStateToItself private_state
check HasTheAdaptersOfItsConfiguration has_its_adapters
check PairsAndBonds pairs
check KeepsItsBondsOverARestart keeps_its_bonds
check MovesItsBondsToTheCredential moves_to_the_credential
check KeepsItsBondsUnderTheCredential keeps_its_bonds_under_the_credential
check RefusesBondsWithoutTheCredential refuses_bonds_without_the_credential
check IsClosedToStrangers closed_to_strangers
check IsOpenToMembersOfItsGroup open_to_its_group
check ComesBackWhenItIsKilled comes_back
check LeavesNoCoreDumpWhateverTheLimit leaves_no_core_dump
check IsClosedToDebuggersOfItsUser closed_to_debuggers
check StaysDownWithABadConfiguration stays_down_with_a_bad_configuration
exit $failed
