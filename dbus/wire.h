// Dictionaries and octet arrays as they cross the bus, read with a bound.
//
// sdbus-c++ would build a whole message object for each value of an a{sv}, so
// that one call of 32 MiB could cost gigabytes. The generated adaptors use
// these two types instead (see generate_adaptor.sh): reading stops with an
// InvalidArguments error at the first thing that is too many or too long.

#ifndef BONDD_DBUS_WIRE_H_
#define BONDD_DBUS_WIRE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "dbus/operations.h"
#include "dbus/sdbus_compat.h"

namespace bondd::dbus {

inline constexpr size_t kMaxEntries = 64;
inline constexpr size_t kMaxKeyLength = 64;      // octets
inline constexpr size_t kMaxStringLength = 512;  // octets
inline constexpr size_t kMaxOctets = 512;
inline constexpr size_t kMaxStrings = 16;

// An a{sv}. Overwrites its octet arrays when it goes: they may be keys.
struct WireDictionary {
  Dictionary entries;

  WireDictionary() = default;
  explicit WireDictionary(Dictionary dictionary)
      : entries(std::move(dictionary)) {}
  WireDictionary(const WireDictionary&) = default;
  WireDictionary& operator=(const WireDictionary&) = default;
  WireDictionary(WireDictionary&&) = default;
  WireDictionary& operator=(WireDictionary&&) = default;
  ~WireDictionary();
};

// An ay. Overwrites its octets when it goes.
struct WireOctets {
  Bytes octets;

  WireOctets() = default;
  WireOctets(const WireOctets&) = default;
  WireOctets& operator=(const WireOctets&) = default;
  WireOctets(WireOctets&&) = default;
  WireOctets& operator=(WireOctets&&) = default;
  ~WireOctets();
};

// The message, and every reply to it, is overwritten when the last of its
// owners lets go of it: it may hold keys. Values are b, y, q, u, t, n, s, o, ay
// and as; everything else, a key that is there twice and what exceeds the
// bounds above throws InvalidArguments with the key.
sdbus::Message& operator>>(sdbus::Message& message, WireDictionary& value);
sdbus::Message& operator>>(sdbus::Message& message, WireOctets& value);
// Strings that are not UTF-8 (a peer may have chosen them) are repaired.
sdbus::Message& operator<<(sdbus::Message& message,
                           const WireDictionary& value);
sdbus::Message& operator<<(sdbus::Message& message, const WireOctets& value);

// `text` with every octet that is not part of a UTF-8 sequence, and NUL,
// replaced by U+FFFD: what D-Bus takes as a string.
std::string ToUtf8(std::string_view text);
// A key for an error message: printable ASCII, cut at kMaxKeyLength.
std::string Printable(std::string_view key);

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_WIRE_H_
