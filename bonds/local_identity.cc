#include "bonds/local_identity.h"

#include <sys/random.h>

#include <cerrno>

namespace bondd::bonds {

namespace {

Result<void> FillAtRandom(std::span<uint8_t> octets) {
  // Up to 256 octets come whole or not at all.
  if (getrandom(octets.data(), octets.size(), 0) ==
      static_cast<ssize_t>(octets.size())) {
    return {};
  }
  return std::unexpected(
      ErrnoError(errno, "cannot read the system's random source"));
}

}  // namespace

Result<LocalIdentity> MakeLocalIdentity() {
  LocalIdentity identity;
  do {
    if (auto filled = FillAtRandom(identity.irk.Fill()); !filled) {
      return std::unexpected(std::move(filled.error()));
    }
  } while (identity.irk.IsZero());
  DeviceAddress& address = identity.static_address;
  address.type = AddressType::kRandom;
  if (auto filled = FillAtRandom(address.octets); !filled) {
    return std::unexpected(std::move(filled.error()));
  }
  // [Vol 6, Part B] 1.3.2.1: the two most significant bits are 1; that the
  // other 46 are all alike, which is forbidden, has a chance of 2^-45.
  address.octets[5] |= 0xC0;
  return identity;
}

}  // namespace bondd::bonds
