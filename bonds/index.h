// All bonds in memory, by adapter and identity address, and the look-up of
// resolvable private addresses.

#ifndef BONDD_BONDS_INDEX_H_
#define BONDD_BONDS_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bonds/bond.h"
#include "bonds/resolver.h"

namespace bondd::bonds {

// The loop thread's picture of what is on the disk. The store changes it when
// the writer has answered.
class Index {
 public:
  Index() = default;
  // In the order of their keys, each key once. They stay where they are.
  explicit Index(std::list<Bond> bonds);

  void Put(Bond&& bond);
  void Remove(const BondKey& key);
  void RemoveAdapter(const DeviceAddress& adapter);

  // Borrowed until the bond is put again or removed; nullptr = no such bond.
  const Bond* Find(const BondKey& key) const;
  Bond* Find(const BondKey& key);
  // By identity address, else by resolving a resolvable private address.
  const Bond* FindByAddress(const DeviceAddress& adapter,
                            const DeviceAddress& address) const;
  // In the order of the identity addresses; `limit` 0 = no limit.
  std::vector<const Bond*> List(const DeviceAddress& adapter, size_t offset,
                                size_t limit) const;
  size_t Count(const DeviceAddress& adapter) const;
  size_t size() const { return size_; }

 private:
  struct Entry {
    std::list<Bond>::iterator bond;
    std::optional<Resolver::Slot> slot;  // of its IRK
  };
  struct Adapter {
    void Reserve(size_t count);
    // One that is in `bonds` and nowhere else yet.
    void Enter(std::list<Bond>::iterator bond);
    void PutIrk(Entry& entry);
    void RemoveIrk(Entry& entry);

    // They are never moved: what moves a key wipes where it was.
    std::list<Bond> bonds;
    std::unordered_map<DeviceAddress, Entry> entries;
    // The same by their identity addresses.
    std::vector<const Bond*> order;
    // Remembers what it has resolved, which no caller can tell.
    mutable Resolver resolver;
  };

  const Adapter* Of(const DeviceAddress& adapter) const;
  Adapter* Of(const DeviceAddress& adapter);
  Adapter& Make(const DeviceAddress& adapter);

  // Few: looking through them is faster than any table.
  std::vector<std::pair<DeviceAddress, Adapter>> adapters_;
  size_t size_ = 0;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_INDEX_H_
