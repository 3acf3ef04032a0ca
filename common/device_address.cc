#include "common/device_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bondd {

std::string_view ToString(AddressType type) {
  return type == AddressType::kPublic ? "public" : "random";
}

std::optional<AddressType> ParseAddressType(std::string_view text) {
  if (text == "public") return AddressType::kPublic;
  if (text == "random") return AddressType::kRandom;
  return std::nullopt;
}

std::optional<DeviceAddress> DeviceAddress::Parse(std::string_view text,
                                                  AddressType type) {
  constexpr size_t kLength = 17;
  if (text.size() != kLength) return std::nullopt;
  DeviceAddress address{.type = type};
  for (size_t i = 0; i < 6; ++i) {
    const char* begin = text.data() + 3 * i;
    uint8_t octet = 0;
    const auto [end, error] = std::from_chars(begin, begin + 2, octet, 16);
    if (error != std::errc() || end != begin + 2) return std::nullopt;
    if (i < 5 && begin[2] != ':') return std::nullopt;
    address.octets[5 - i] = octet;
  }
  return address;
}

std::string DeviceAddress::ToString() const {
  return fmt::format("{:02X}:{:02X}:{:02X}:{:02X}:{:02X}:{:02X}", octets[5],
                     octets[4], octets[3], octets[2], octets[1], octets[0]);
}

bool DeviceAddress::IsZero() const {
  return std::all_of(octets.begin(), octets.end(),
                     [](uint8_t octet) { return octet == 0; });
}

bool DeviceAddress::IsStaticRandom() const {
  return type == AddressType::kRandom && (octets[5] >> 6) == 0b11;
}

bool DeviceAddress::IsResolvablePrivate() const {
  return type == AddressType::kRandom && (octets[5] >> 6) == 0b01;
}

bool DeviceAddress::IsNonResolvablePrivate() const {
  return type == AddressType::kRandom && (octets[5] >> 6) == 0b00;
}

bool DeviceAddress::IsIdentity() const {
  return type == AddressType::kPublic || IsStaticRandom();
}

}  // namespace bondd

size_t std::hash<bondd::DeviceAddress>::operator()(
    const bondd::DeviceAddress& address) const noexcept {
  uint64_t value = static_cast<uint8_t>(address.type);
  for (const uint8_t octet : address.octets) value = value << 8 | octet;
  return std::hash<uint64_t>()(value);
}
