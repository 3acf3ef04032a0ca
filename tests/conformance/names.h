// How the ids of the SM test suite are written as names of tests: a test of
// GoogleTest can't have slashes or hyphens, so SM/CEN/JW/BV-01 is
// SM.CEN_JW_BV_01 here, and SM/SIGN/BI-02 is SM.SIGN_BI_02.
//
// CEN: the IUT is the central, and so the initiator; PER: the peripheral.

#ifndef BONDD_TESTS_CONFORMANCE_NAMES_H_
#define BONDD_TESTS_CONFORMANCE_NAMES_H_

#include "tests/support/smp_lower_tester.h"

namespace bondd::smp::test {

inline constexpr Role kCentral = Role::kInitiator;
inline constexpr Role kPeripheral = Role::kResponder;

inline constexpr Role kBoth[] = {kCentral, kPeripheral};

inline constexpr uint8_t kReservedAuthReq = 0xE2;

// The IUT's parameters for legacy pairing.
inline PairingParameters LegacyIut(IoCapability io_capability,
                                   MitmOption mitm = MitmOption::kNo) {
  return Legacy(io_capability, mitm);
}

// Makes the Lower Tester speak legacy pairing with this capability.
inline void SpeakLegacy(LowerTester& lt, IoCapability io_capability,
                        bool mitm = false) {
  lt.features.auth_req.secure_connections = false;
  lt.features.auth_req.mitm = mitm;
  lt.features.io_capability = io_capability;
}

// A bond with the Lower Tester, whose address never changes.
inline BondData BondWithLowerTester(const SecurityProperties& security) {
  BondData bond;
  bond.identity = RandomAddress("C7:00:00:00:00:02");
  bond.security = security;
  bond.local_ltk = LongTermKey{Counting<Ltk>(3), 4, 5};
  bond.peer_ltk = LongTermKey{Counting<Ltk>(6), 7, 8};
  return bond;
}

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_CONFORMANCE_NAMES_H_
