// The counters of data signing, ahead of the disk and never behind it.

#ifndef BONDD_BONDS_SIGN_COUNTERS_H_
#define BONDD_BONDS_SIGN_COUNTERS_H_

#include <cstdint>
#include <map>
#include <optional>

#include "bonds/bond.h"

namespace bondd::bonds {

// A counter value must never be used twice with one key, not even after a
// crash, and a commit for each signed PDU would wear out the disk: so values
// are reserved in blocks. A bond's stored counter is the end of what is
// reserved, where the next start begins. Loop thread.
class SignCounters {
 public:
  static constexpr uint32_t kBlock = 256;

  // The next value to sign with, which is then used up; nothing when there is
  // none left of what is reserved. `stored` is the bond's counter on the disk.
  std::optional<uint32_t> Next(const BondKey& key, uint32_t stored);
  // Whether it is time to reserve more: up to what, as the bond's new stored
  // counter. Nothing when enough is left, a reservation is under way, or the
  // counter is at its end.
  std::optional<uint32_t> Reserve(const BondKey& key, uint32_t stored);
  // The reservation under way ended, for good or ill.
  void ReserveEnded(const BondKey& key);

  // [Vol 3, Part H] 2.4.5: each received value has to be higher than those
  // before. True, and no longer then, if this one is; `stored` is the least
  // value that the disk allows.
  bool Accept(const BondKey& key, uint32_t received, uint32_t stored);

  // The bond was replaced or removed; its keys are others now.
  void Forget(const BondKey& key);
  void ForgetAdapter(const DeviceAddress& adapter);

 private:
  struct Local {
    uint32_t next = 0;
    bool reserving = false;
  };

  std::map<BondKey, Local> locals_;
  std::map<BondKey, uint32_t> least_received_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_SIGN_COUNTERS_H_
