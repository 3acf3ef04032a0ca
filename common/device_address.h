// A Bluetooth device address with its type, and the kinds of random address.

#ifndef BONDD_COMMON_DEVICE_ADDRESS_H_
#define BONDD_COMMON_DEVICE_ADDRESS_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace bondd {

enum class AddressType : uint8_t { kPublic = 0, kRandom = 1 };

// "public" or "random".
std::string_view ToString(AddressType type);
std::optional<AddressType> ParseAddressType(std::string_view text);

struct DeviceAddress {
  AddressType type = AddressType::kPublic;
  // Order of transmission: least significant octet first, so the reverse of
  // what people write.
  std::array<uint8_t, 6> octets{};

  // "AA:BB:CC:DD:EE:FF", in either case; nothing on any other text.
  static std::optional<DeviceAddress> Parse(std::string_view text,
                                            AddressType type);

  // "AA:BB:CC:DD:EE:FF", without the type.
  std::string ToString() const;

  bool IsZero() const;
  // [Vol 6, Part B] 1.3.2: the two most significant bits of a random address
  // tell its kind.
  bool IsStaticRandom() const;
  bool IsResolvablePrivate() const;
  bool IsNonResolvablePrivate() const;
  // Public or static random: an address that can be an identity.
  bool IsIdentity() const;

  friend auto operator<=>(const DeviceAddress&, const DeviceAddress&) = default;
};

}  // namespace bondd

template <>
struct std::hash<bondd::DeviceAddress> {
  size_t operator()(const bondd::DeviceAddress& address) const noexcept;
};

#endif  // BONDD_COMMON_DEVICE_ADDRESS_H_
