#!/bin/sh
# usage: generate_adaptor.sh XML2CPP XML OUTPUT
#
# The daemon's side of an interface, as sdbus-c++-xml2cpp makes it, with
# dictionaries and octet arrays of the types in dbus/wire.h, which are read with
# a bound.
set -eu

"$1" "$2" --adaptor="$3" > /dev/null
sed -i \
  -e 's|^#include <sdbus-c++/sdbus-c++.h>|&\n#include "dbus/wire.h"|' \
  -e 's|std::map<std::string, sdbus::Variant>|::bondd::dbus::WireDictionary|g' \
  -e 's|std::vector<uint8_t>|::bondd::dbus::WireOctets|g' \
  "$3"
if grep -q 'sdbus::Variant' "$3"; then
  echo "generate_adaptor.sh: $2 has a variant outside of an a{sv}" >&2
  rm -f "$3"
  exit 1
fi
