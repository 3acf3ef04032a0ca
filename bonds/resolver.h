// Which identity a resolvable private address belongs to.

#ifndef BONDD_BONDS_RESOLVER_H_
#define BONDD_BONDS_RESOLVER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/device_address.h"
#include "smp/keys.h"

namespace bondd::bonds {

// Tries an address on the IRKs of one adapter's bonds, once; an advertiser
// sends many reports from one address, so answers are kept, the negative ones
// as well, until IRKs change.
class Resolver {
 public:
  // Where an entry is: for its owner to keep, so that no table is needed here.
  using Slot = uint32_t;

  // Makes room for so many.
  void Reserve(size_t count);
  Slot Add(const DeviceAddress& identity, const smp::Irk& irk);
  void Replace(Slot slot, const smp::Irk& irk);
  // Another entry takes the slot: that of the identity which is given back,
  // unless the removed one was the last.
  std::optional<DeviceAddress> Remove(Slot slot);

  // `address` is resolvable private. Of several identities that share an IRK,
  // one of them.
  std::optional<DeviceAddress> Resolve(const DeviceAddress& address);
  // The answer if there was one of late, borrowed until the next call.
  const std::optional<DeviceAddress>* Recall(const DeviceAddress& address);
  // All answers.
  void Forget();

 private:
  struct Entry {
    smp::Irk irk;
    DeviceAddress identity;
  };
  using Answers =
      std::unordered_map<DeviceAddress, std::optional<DeviceAddress>>;

  void Remember(const DeviceAddress& address,
                const std::optional<DeviceAddress>& answer);

  std::vector<Entry> entries_;
  // Answers of late and those before them: when the first is full it becomes
  // the second, and what was the second is forgotten.
  Answers recent_;
  Answers older_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_RESOLVER_H_
