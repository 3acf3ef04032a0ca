// What the tests of a whole pairing have in common.

#ifndef BONDD_TESTS_INTEGRATION_PAIRING_FIXTURE_H_
#define BONDD_TESTS_INTEGRATION_PAIRING_FIXTURE_H_

#include <string>

#include "tests/integration/fixture.h"
#include "tests/integration/keys.h"

namespace bondd::integration {

// A daemon and a kernel that pair, and the look at what both keep of it.
class PairingFixture : public DaemonTest {
 protected:
  // What a pairing that went well has come to.
  struct Outcome {
    std::string method;
    bool secure_connections;
    int level;
    int key_size = 16;
  };

  // The fields that the contract names for every pairing that went well.
  static void ExpectResult(const Json& result, const Outcome& outcome);
  // Ends the daemon to look into its store.
  void ExpectSecureConnectionsKeys(mgmt::LongTermKeyType type);
  // `role` is bondd's.
  void ExpectLegacyKeys(smp::Role role, mgmt::LongTermKeyType type);
  // The kernel's own word on the pairing that it started.
  void AwaitKernelSuccess();

 private:
  // Until the kernel has reported all keys of the pairing.
  void AwaitKernelKeys(size_t count);
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_PAIRING_FIXTURE_H_
