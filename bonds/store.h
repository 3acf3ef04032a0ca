// The bond store as the loop thread sees it: all bonds in memory, changes
// handed to the writer thread, answers taken from an eventfd.
//
// What is in memory changes when the writer has committed it, never before:
// whatever Find() returns is on disk.

#ifndef BONDD_BONDS_STORE_H_
#define BONDD_BONDS_STORE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bonds/bond.h"
#include "bonds/local_identity.h"
#include "bonds/request_id.h"
#include "common/error.h"

namespace bondd::bonds {

struct Completion {
  RequestId request;
  Result<void> outcome;
};

struct StoreOptions {
  std::filesystem::path directory;  // the state directory; made if absent, 0700
  size_t max_bonds = 1024;
};

class Store {
 public:
  // Opens or makes `bonds.db` under the directory and loads all bonds. An
  // error says which path and why; nothing is changed then.
  // kBusy: another bondd uses the directory.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options);

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  // Drains the writer's queue.
  ~Store();

  // Readable when TakeCompletions() has something.
  int fd() const;
  // In the order in which the requests were done; each request gets one. A
  // bond that is not valid or not there is answered here, too.
  std::vector<Completion> TakeCompletions();
  // Blocks until everything asked so far is done (for shutdown).
  void Drain();

  // Whether one more bond could be kept: fails with the reason (kLimit,
  // kNoSpace, ...) before pairing spends effort on it.
  Result<void> CanStore(const BondKey& key) const;

  // One transaction: replaces the bond of the same key. Generation and
  // `created` (when 0) are set by the store.
  RequestId Save(Bond bond);
  RequestId Remove(const BondKey& key);
  RequestId RemoveAll(const DeviceAddress& adapter);
  RequestId SetName(const BondKey& key, std::string name);
  // The bond was used at `now`. Seen by Find() at once, written at most once a
  // minute; a bond that is gone is passed over.
  void Touch(const BondKey& key, uint64_t now);
  void SetPeerLostKeys(const BondKey& key, bool lost);

  // Borrowed until the next call of TakeCompletions(). nullptr = no such bond.
  const Bond* Find(const BondKey& key) const;
  // By identity address, or by resolving a resolvable private address over the
  // IRKs of this adapter's bonds.
  const Bond* FindByAddress(const DeviceAddress& adapter,
                            const DeviceAddress& address) const;
  // Ordered by identity address; `limit` 0 = all from `offset` on.
  std::vector<const Bond*> List(const DeviceAddress& adapter, size_t offset,
                                size_t limit) const;
  size_t Count(const DeviceAddress& adapter) const;

  // The identity kept under `name` (the adapter's SPEC), made and committed
  // when there is none yet. Blocks on the commit: adapter start-up only.
  Result<LocalIdentity> IdentityOf(const std::string& name);

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_STORE_H_
