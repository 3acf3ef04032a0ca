// Whether both sides of a pairing hold the same keys.

#ifndef BONDD_TESTS_INTEGRATION_KEYS_H_
#define BONDD_TESTS_INTEGRATION_KEYS_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/device_address.h"
#include "smp/types.h"
#include "tests/integration/daemon.h"
#include "tests/integration/kernel_peer.h"

namespace bondd::integration {

// What each side says of itself after a pairing, with the daemon stopped.
struct BothSides {
  StoredBonds& bondd;
  const KernelPeer& kernel;
  DeviceAddress daemon_address;
  // The name that the daemon's identity is kept under.
  std::string adapter_name;
};

// The one key of LE Secure Connections, of this worth.
testing::AssertionResult HoldTheSameSecureConnectionsKey(
    const BothSides& sides, mgmt::LongTermKeyType type);

// The keys that the two sides gave each other under LE legacy pairing, with
// what names them on the link layer, of this worth. `role` is bondd's.
testing::AssertionResult HoldTheSameLegacyKeys(const BothSides& sides,
                                               smp::Role role,
                                               mgmt::LongTermKeyType type);

// The kernel knows bondd by the IRK and identity address that bondd keeps.
testing::AssertionResult KernelKnowsTheIdentityOfBondd(const BothSides& sides);

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_KEYS_H_
