// A bond as the store keeps it: what pairing left behind, and what people want
// to know of it.

#ifndef BONDD_BONDS_BOND_H_
#define BONDD_BONDS_BOND_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/device_address.h"
#include "common/error.h"
#include "smp/bond_data.h"

namespace bondd::bonds {

// Bonds belong to the identity address of the adapter that made them.
struct BondKey {
  DeviceAddress adapter;
  DeviceAddress identity;

  friend auto operator<=>(const BondKey&, const BondKey&) = default;
};

struct Bond {
  DeviceAddress adapter;
  smp::BondData data;
  // Counts the writes of the store; of two rows of one bond the one with the
  // higher number is the newer.
  uint64_t generation = 0;
  // Microseconds since 1970-01-01 UTC; 0 = never.
  uint64_t created = 0;
  uint64_t last_used = 0;
  std::string name;  // UTF-8, at most 248 octets; chosen by people
  bool peer_lost_keys = false;

  BondKey key() const { return {adapter, data.identity}; }
  Bond Clone() const;
};

// [Vol 3, Part C] 3.2.2
inline constexpr size_t kMaxNameSize = 248;

// kInvalidArgument with the reason when no pairing can have left this behind:
// sizes, levels and keys that contradict each other, keys of zeros. Holds for
// every bond that is written, read or imported.
Result<void> Validate(const Bond& bond);
// UTF-8 without control characters, of at most kMaxNameSize octets.
bool IsValidName(std::string_view name);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_BOND_H_
