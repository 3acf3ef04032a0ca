# What the scripts of the suites "vm-service" and "vm-bluez" have in common:
# bondd as `meson install` lays it down, started by systemd, with the adapters
# of BlueZ's emulator.
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

address_of() { property "$1" Address | cut -d'"' -f2; }
powered() { [ "$(property "$1" Powered)" = 'b true' ]; }

bonded() {
  [ "$(adapter "$1" IsDeviceBonded sss "$(address_of "$2")" public any)" = \
    'b true' ]
}

# take ADAPTERS: bondd has these and no others.
take() {
  printf '[Adapters]\nUse=%s\n' "$1" >/etc/bondd/bondd.conf
  # Else systemd finds that it is started too often.
  systemctl reset-failed bondd 2>/dev/null
  systemctl restart bondd || return 1
  for taken in $1; do await powered "$taken" || return 1; done
}

btvirt -L -l2 >/dev/null 2>&1 &
await test -e /sys/class/bluetooth/hci1
