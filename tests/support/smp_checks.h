// What a pairing of two Security Managers has to come to, and parameters made
// in one line.

#ifndef BONDD_TESTS_SUPPORT_SMP_CHECKS_H_
#define BONDD_TESTS_SUPPORT_SMP_CHECKS_H_

#include "tests/support/smp_pair.h"

namespace bondd::smp::test {

PairingParameters With(IoCapability io_capability,
                       MitmOption mitm = MitmOption::kAuto);
// The same with Secure Connections off.
PairingParameters Legacy(IoCapability io_capability,
                         MitmOption mitm = MitmOption::kAuto);

// Gives both users these parameters.
void Use(SmpPair& pair, PairingParameters central,
         PairingParameters peripheral);

// Gives one side Secure Connections OOB data of its own, and it to the other.
void ShowOobData(SmpPair& pair, Role owner);

// Both ends report this, hold the same keys, have stored the same bond, and
// the link is encrypted at that level.
void ExpectPaired(SmpPair& pair, AssociationModel model,
                  SecurityProperties security);

// Both ends have failed: `detector` found this reason and the other was told.
void ExpectFailed(SmpPair& pair, Role detector, PairingFailedReason reason);

inline constexpr SecurityProperties kUnauthenticated = {
    .authenticated = false, .secure_connections = true, .key_size = 16};
inline constexpr SecurityProperties kAuthenticated = {
    .authenticated = true, .secure_connections = true, .key_size = 16};
inline constexpr SecurityProperties kLegacyUnauthenticated = {
    .authenticated = false, .secure_connections = false, .key_size = 16};
inline constexpr SecurityProperties kLegacyAuthenticated = {
    .authenticated = true, .secure_connections = false, .key_size = 16};

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_SUPPORT_SMP_CHECKS_H_
