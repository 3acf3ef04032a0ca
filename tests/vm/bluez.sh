#!/bin/sh
# What the guest of the suite "vm-bluez" runs: bonds go from bondd to bluetoothd
# and back. hci0 is the adapter that changes hands, bondd has hci1 all the time,
# as the peer.
. /installed.sh

state=/var/lib/bluetooth

start_bluetoothd() {
  bluetoothd -n -d >>/out/bluetoothd.log 2>&1 &
  bluetoothd=$!
  await busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 \
    Powered b true && await bluez_powered
}

bluez_powered() {
  [ "$(busctl get-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 \
    Powered)" = 'b true' ]
}

stop_bluetoothd() {
  kill "$bluetoothd"
  wait "$bluetoothd"
}

bluez_knows_peer() { busctl tree --list org.bluez | grep -q "^$peer\$"; }

# What bondd says from now on is in /tmp/signals. A link may be gone sooner than
# a slow machine has asked for its properties.
listen() {
  : >/tmp/signals
  await heard
}
heard() {
  property hci1 Powered >/dev/null
  [ -s /tmp/signals ]
}

is_encrypted() {
  grep "\"path\":\"/org/bondd/$1/conn_" /tmp/signals |
    grep -q '"Encrypted":{"type":"b","data":true}'
}

# The link of this adapter was encrypted, and nobody has paired over it.
encrypted_without_pairing() {
  await is_encrypted "$1" && ! grep -q -e '"member":"Pairing' \
    -e '"PairingState":{"type":"s","data":"[^i]' /tmp/signals  # i: idle
}

pair_by_bondd() {  # pair_by_bondd CENTRAL PERIPHERAL SECURE_CONNECTIONS
  take 'hci0 hci1' && adapter hci0 RemoveAllBonds &&
    adapter hci1 RemoveAllBonds && adapter "$2" AcceptPairing 'a{sv}' 0 &&
    adapter "$2" StartAdvertising 'a{sv}' 0 &&
    adapter "$1" InitiatePairing 'ssa{sv}' "$(address_of "$2")" public \
      1 SecureConnections s "$3"
}

# hci0 and its bonds become bluetoothd's.
hand_over() {
  rm -rf $state /tmp/bonds.tar && mkdir -p $state
  bondctl -a hci0 export bluez /tmp/bonds.tar && take hci1 &&
    tar -C $state -xf /tmp/bonds.tar && start_bluetoothd
}

bluez_takes_over() {  # bluez_takes_over SECURE_CONNECTIONS
  pair_by_bondd hci0 hci1 "$1" && hand_over && listen &&
    adapter hci1 StartAdvertising 'a{sv}' 0 || return 1
  # It goes on to ask for services, which bondd has none of: whatever comes of
  # that is not what this is about.
  busctl --timeout=30 call org.bluez "$peer" org.bluez.Device1 Connect &
  encrypted_without_pairing hci1
  result=$?
  stop_bluetoothd
  return $result
}

bluez_takes_over_as_peripheral() {  # the same
  pair_by_bondd hci1 hci0 "$1" && hand_over && listen || return 1
  # It advertises as long as its input is open. Its agent promises nothing: else
  # the kernel may ask for more than the bond is worth, if it is faster in that
  # than bondd in encrypting.
  { echo advertise on; sleep 60; } |
    bluetoothctl --agent NoInputNoOutput >/out/advertise.log 2>&1 &
  client=$!
  adapter hci1 Connect 'ssa{sv}' "$address0" public 0 &&
    encrypted_without_pairing hci1
  result=$?
  kill $client
  stop_bluetoothd
  return $result
}

pair_by_bluez() {
  rm -rf $state && mkdir -p $state
  take hci1 && adapter hci1 RemoveAllBonds && start_bluetoothd &&
    adapter hci1 AcceptPairing 'a{sv}' 1 SecureConnections s "$1" &&
    adapter hci1 StartAdvertising 'a{sv}' 0 || return 1
  # It looks around as long as its input is open.
  { echo scan on; sleep 60; } | bluetoothctl >/out/scan.log 2>&1 &
  client=$!
  await bluez_knows_peer &&
    busctl --timeout=60 call org.bluez "$peer" org.bluez.Device1 Pair
  result=$?
  kill $client
  stop_bluetoothd
  return $result
}

bondd_takes_over() {  # bondd_takes_over SECURE_CONNECTIONS
  pair_by_bluez "$1" || return 1
  find $state -type f
  tar -C $state -cf /tmp/bluez.tar "$address0" && take 'hci0 hci1' &&
    adapter hci0 RemoveAllBonds && bondctl -a hci0 import bluez /tmp/bluez.tar &&
    bonded hci0 hci1 && listen && adapter hci1 StartAdvertising 'a{sv}' 0 &&
    adapter hci0 Connect 'ssa{sv}' "$address1" public 0 || return 1
  encrypted_without_pairing hci0 && encrypted_without_pairing hci1
}

doctor_sees_what_bluez_has() {
  take hci1 && start_bluetoothd || return 1
  bondctl doctor >/tmp/doctor
  stop_bluetoothd
  cat /tmp/doctor
  grep -q 'hci0 is up' /tmp/doctor && grep -q bluetoothd /tmp/doctor &&
    take 'hci0 hci1' || return 1
  bondctl doctor >/tmp/doctor
  cat /tmp/doctor
  grep -q 'hci0 works' /tmp/doctor && ! grep -q 'is up' /tmp/doctor
}

take 'hci0 hci1'
busctl monitor --json=short org.bondd >>/tmp/signals &
address0=$(address_of hci0)
address1=$(address_of hci1)
peer=/org/bluez/hci0/dev_$(echo "$address1" | tr : _)

check BluezEncryptsWithABondOfBondd bluez_takes_over on
check BluezEncryptsWithALegacyBondOfBondd bluez_takes_over off
check BluezEncryptsWithABondOfAPeripheral bluez_takes_over_as_peripheral on
check BluezEncryptsWithALegacyBondOfAPeripheral \
  bluez_takes_over_as_peripheral off
check BonddEncryptsWithABondOfBluez bondd_takes_over on
check BonddEncryptsWithALegacyBondOfBluez bondd_takes_over off
check DoctorSeesAnAdapterThatBluezHasUp doctor_sees_what_bluez_has
exit $failed
