// Values for options, short enough to be read in a table.

#ifndef BONDD_TESTS_DBUS_VALUES_H_
#define BONDD_TESTS_DBUS_VALUES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dbus/sdbus_compat.h"

namespace bondd::dbus::test {

inline sdbus::Variant B(bool value) { return sdbus::Variant(value); }
inline sdbus::Variant Y(uint8_t value) { return sdbus::Variant(value); }
inline sdbus::Variant Q(uint16_t value) { return sdbus::Variant(value); }
inline sdbus::Variant U(uint32_t value) { return sdbus::Variant(value); }
inline sdbus::Variant T(uint64_t value) { return sdbus::Variant(value); }
inline sdbus::Variant I(int32_t value) { return sdbus::Variant(value); }
inline sdbus::Variant S(const std::string& value) {
  return sdbus::Variant(value);
}
inline sdbus::Variant O(const std::string& value) {
  return sdbus::Variant(sdbus::ObjectPath(value));
}
inline sdbus::Variant As(const std::vector<std::string>& value) {
  return sdbus::Variant(value);
}
inline std::vector<uint8_t> Octets(size_t count, uint8_t value = 0x5A) {
  return std::vector<uint8_t>(count, value);
}
inline sdbus::Variant Ay(size_t count, uint8_t value = 0x5A) {
  return sdbus::Variant(Octets(count, value));
}

}  // namespace bondd::dbus::test

#endif  // BONDD_TESTS_DBUS_VALUES_H_
