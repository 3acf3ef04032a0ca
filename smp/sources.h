// What the Security Manager needs from outside while it thinks: randomness,
// key pairs and a look into the bonds. All answer at once.

#ifndef BONDD_SMP_SOURCES_H_
#define BONDD_SMP_SOURCES_H_

#include <cstdint>
#include <span>

#include "common/device_address.h"
#include "common/error.h"
#include "smp/bond_data.h"
#include "smp/p256.h"

namespace bondd::smp {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // False when there is no randomness to be had: the pairing fails then.
  virtual bool Fill(std::span<uint8_t> out) = 0;
};

class KeyPairSource {
 public:
  virtual ~KeyPairSource() = default;
  // A pair that was never given to anybody before.
  virtual Result<KeyPair> Take() = 0;
};

class BondLookup {
 public:
  virtual ~BondLookup() = default;
  // The bond of this identity address, or of the identity that this resolvable
  // private address resolves to; nullptr when there is none. Borrowed for the
  // length of the current call.
  virtual const BondData* FindBond(const DeviceAddress& address) const = 0;
};

// What this side distributes of itself. Borrowed; the same for all links.
struct LocalIdentity {
  DeviceAddress address;
  Irk irk;

  LocalIdentity Clone() const { return {address, irk.Clone()}; }
};

// References are borrowed and must outlive the Security Manager.
struct Sources {
  RandomSource& random;
  KeyPairSource& key_pairs;
  const BondLookup& bonds;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_SOURCES_H_
