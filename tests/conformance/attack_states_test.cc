// Known attacks on the state machine and on memory, each under the number of
// the project's catalogue and with the CVE or paper that described it.

#include <gtest/gtest.h>

#include "smp/repeated_attempts.h"
#include "tests/conformance/names.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using std::chrono::seconds;
using Mood = ScriptedUser::Mood;
using Reason = PairingFailedReason;
using Model = AssociationModel;

Bytes PduOfCode(uint8_t code, size_t size) {
  Bytes octets(size, 0x01);
  if (!octets.empty()) octets[0] = code;
  return octets;
}

// 31. CVE-2019-17520, Public Key Crash: PDUs of a pairing that there is not.
TEST(Attack, Row31_PdusWithoutAPairing_CVE_2019_17520) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    for (const int code :
         {0x02, 0x03, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x0E}) {
      lt.SendOctets(PduOfCode(static_cast<uint8_t>(code), kPduLengths[code]));
      lt.ExpectSilence();
      EXPECT_FALSE(lt.iut.manager.busy());
      EXPECT_EQ(lt.iut.manager.Deadline(), std::nullopt);
    }
    EXPECT_TRUE(lt.iut.reports.empty());
    EXPECT_TRUE(lt.iut.asked.empty());
  }
}

// 32. SweynTooth and others: lengths that are none.
TEST(Attack, Row32_WrongLengths) {
  for (const Role role : kBoth) {
    for (int code = 1; code <= 0x0E; ++code) {
      for (const size_t size :
           {size_t{1}, kPduLengths[code] - 1, kPduLengths[code] + 1, size_t{65},
            size_t{66}, size_t{1000}}) {
        if (size == kPduLengths[code]) continue;
        const Bytes octets = PduOfCode(static_cast<uint8_t>(code), size);
        LowerTester idle(role);
        idle.SendOctets(octets);
        idle.ExpectSilence();
        EXPECT_FALSE(idle.iut.manager.busy());
        LowerTester lt(role);
        lt.Features();
        lt.iut.to_link.clear();
        lt.SendOctets(octets);
        // A Pairing Failed is not answered, whatever its length.
        if (code == 0x05) {
          lt.ExpectSilence();
          EXPECT_EQ(lt.iut.Report().failure->cause, FailureCause::kPeer);
        } else {
          lt.ExpectFailed(Reason::kInvalidParameters);
        }
      }
    }
    LowerTester lt(role);
    lt.Features();
    lt.iut.to_link.clear();
    lt.SendOctets({});
    lt.ExpectSilence();
    EXPECT_TRUE(lt.iut.manager.busy());
  }
}

// 33. Codes that are reserved.
TEST(Attack, Row33_ReservedCodesAreIgnored) {
  for (const Role role : kBoth) {
    for (const bool legacy : {true, false}) {
      LowerTester lt(role);
      lt.features.auth_req.secure_connections = !legacy;
      lt.Features();
      const size_t kept = lt.iut.to_link.size();
      for (int code = 0x0F; code <= 0x100; ++code) {
        lt.SendOctets(Bytes(7, static_cast<uint8_t>(code)));
      }
      EXPECT_EQ(lt.iut.to_link.size(), kept);
      lt.Authenticate();
      lt.EncryptLink();
      lt.Keys();
      lt.ExpectPaired(Model::kJustWorks,
                      legacy ? kLegacyUnauthenticated : kUnauthenticated);
    }
  }
}

// 34. CVE-2022-46399: Random before Confirm.
TEST(Attack, Row34_RandomBeforeConfirm_CVE_2022_46399) {
  for (const Role role : kBoth) {
    for (const bool legacy : {true, false}) {
      LowerTester lt(role, legacy ? LegacyIut(kDisplayOnly, MitmOption::kYes)
                                  : With(kDisplayOnly, MitmOption::kYes));
      lt.features.auth_req.secure_connections = !legacy;
      lt.features.io_capability = kKeyboardOnly;
      lt.Features();
      if (!legacy) lt.PublicKeys();
      // As initiator the IUT has sent its own, and waits for ours.
      if (role == kCentral) lt.Expect<PairingConfirm>();
      lt.Send(PairingRandom{lt.RandomNonce()});
      lt.ExpectFailed(Reason::kUnspecifiedReason);
    }
  }
}

// 35. One of each: a second Public Key, Confirm, Random or DHKey Check, and a
// DHKey Check that is early.
TEST(Attack, Row35_SecondPublicKey) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.Features();
    lt.PublicKeys();
    lt.iut.to_link.clear();
    lt.Send(PairingPublicKey{lt.key->public_key().Octets()});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
  }
}
TEST(Attack, Row35_SecondConfirm) {
  LowerTester lt(kPeripheral, LegacyIut(kNoInputNoOutput));
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.Features();
  lt.Send(PairingConfirm{Counting<ConfirmValue>(1)});
  lt.Expect<PairingConfirm>();
  lt.Send(PairingConfirm{Counting<ConfirmValue>(1)});
  lt.ExpectFailed(Reason::kUnspecifiedReason);
}
TEST(Attack, Row35_SecondRandom) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.Features();
    lt.PublicKeys();
    lt.Comparison();
    lt.iut.to_link.clear();
    lt.Send(PairingRandom{lt.own_nonce.Clone()});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
  }
}
TEST(Attack, Row35_SecondDhKeyCheck) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.Features();
    lt.Authenticate();
    lt.iut.to_link.clear();
    lt.Send(PairingDhKeyCheck{});
    // The controller, too, has to end what the central has started.
    if (role == kCentral) lt.iut.Give(EncryptionChange{0x06, false});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
  }
}
TEST(Attack, Row35_EarlyDhKeyCheckWaitsForTheRespondersUserOnly) {
  for (const Role role : kBoth) {
    LowerTester lt(role, With(kDisplayYesNo, MitmOption::kYes));
    lt.features.io_capability = kDisplayYesNo;
    lt.Features();
    lt.iut.user.mood = Mood::kSilent;
    lt.PublicKeys();
    lt.Comparison();
    ASSERT_TRUE(lt.iut.Asked<NumberComparisonPrompt>());
    lt.Send(PairingDhKeyCheck{});
    if (role == kPeripheral) {
      lt.ExpectSilence();
      lt.Send(PairingDhKeyCheck{});
    }
    lt.ExpectFailed(Reason::kUnspecifiedReason);
  }
}

// 36. CVE-2022-46402 and its kin: a Confirm that is wrong in one bit.
TEST(Attack, Row36_WrongConfirmAccepted_CVE_2022_46402) {
  for (const Role role : kBoth) {
    for (const bool legacy : {true, false}) {
      for (size_t octet = 0; octet < 16; ++octet) {
        LowerTester lt(role, legacy ? LegacyIut(kDisplayOnly, MitmOption::kYes)
                                    : With(kDisplayOnly, MitmOption::kYes));
        lt.features.auth_req.secure_connections = !legacy;
        lt.features.io_capability = kKeyboardOnly;
        lt.Features();
        if (!legacy) lt.PublicKeys();
        lt.own_nonce = lt.RandomNonce();
        const auto bit = static_cast<uint8_t>(0x80 | (lt.Passkey() & 1));
        ConfirmValue confirm =
            legacy ? lt.LegacyConfirm(PasskeyTk(lt.Passkey()), lt.own_nonce)
                   : lt.Confirm(lt.own_nonce, bit);
        confirm.Fill()[octet] ^= 0x01;
        lt.ExchangeWrong(std::move(confirm));
        lt.ExpectFailed(Reason::kConfirmValueFailed);
        lt.ExpectSilence();
      }
    }
  }
}

// 37, 38. A second Pairing Request, and one from the wrong side. A central
// takes none at all.
TEST(Attack, Row37_SecondPairingRequest) {
  for (const bool legacy : {true, false}) {
    LowerTester lt(kPeripheral);
    lt.features.auth_req.secure_connections = !legacy;
    lt.Features();
    lt.Send(PairingRequest{lt.request});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
    lt.ExpectSilence();
  }
}
TEST(Attack, Row37_SecondPairingResponse) {
  for (const bool legacy : {true, false}) {
    LowerTester lt(kCentral);
    lt.features.auth_req.secure_connections = !legacy;
    lt.Features();
    lt.iut.to_link.clear();
    lt.Send(PairingResponse{lt.response});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
    lt.ExpectSilence();
  }
}
TEST(Attack, Row38_PduOfTheWrongRole) {
  LowerTester central(kCentral);
  central.Send(PairingRequest{central.features.Encode(Code::kPairingRequest)});
  EXPECT_EQ(central.Expect<PairingFailed>().reason, 0x07);
  LowerTester peripheral(kPeripheral);
  peripheral.Send(SecurityRequest{});
  EXPECT_EQ(peripheral.Expect<PairingFailed>().reason, 0x07);
  EXPECT_TRUE(central.iut.reports.empty());
  EXPECT_TRUE(peripheral.iut.reports.empty());
}

// 40. CVE-2019-19196: a key size out of range, then a second Pairing Request.
TEST(Attack, Row40_KeySizeOutOfRangeThenASecondRequest_CVE_2019_19196) {
  LowerTester lt(kPeripheral);
  for (const int size : {17, 253, 0}) {
    lt.features.max_key_size = static_cast<uint8_t>(size);
    lt.SendFeatures();
    lt.ExpectFailed(Reason::kInvalidParameters);
  }
  lt.features.max_key_size = 16;
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
}

// 41. A storm of Pairing Failed.
TEST(Attack, Row41_PairingFailedStorm_Zephyr_4044) {
  LowerTester lt(kPeripheral);
  lt.Features();
  for (int i = 0; i < 1000; ++i) lt.SendFailed(Reason::kUnspecifiedReason);
  lt.ExpectTold(Reason::kUnspecifiedReason);
  EXPECT_EQ(lt.iut.reports.size(), 1u);
}

// 42. A flood of Security Requests: one question, one encryption at a time,
// and none for five seconds after a refused key.
TEST(Attack, Row42_SecurityRequestFlood) {
  LowerTester stranger(kCentral);
  stranger.iut.user.mood = Mood::kSilent;
  for (int i = 0; i < 10'000; ++i) stranger.Send(SecurityRequest{0x05});
  EXPECT_EQ(stranger.iut.asked.size(), 1u);
  EXPECT_EQ(stranger.iut.security_requests_seen, 1u);
  stranger.ExpectSilence();

  LowerTester lt(kCentral);
  lt.iut.bonds.Put(BondWithLowerTester(kUnauthenticated));
  int started = 0;
  for (int i = 0; i < 10'000; ++i) {
    lt.Send(SecurityRequest{0x01});
    if (!lt.iut.to_link.empty()) {
      ++started;
      lt.iut.to_link.clear();
      lt.iut.Give(EncryptionChange{0x06, false});
    }
    lt.iut.Advance(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(started, 2);  // in ten seconds
}
TEST(Attack, Row42_SecurityRequestFloodWhileThereIsOneAtWork) {
  LowerTester lt(kCentral);
  lt.iut.bonds.Put(BondWithLowerTester(kUnauthenticated));
  lt.Send(SecurityRequest{0x01});
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(
        lt.iut.manager
            .Handle(PduReceived{Serialize(SecurityRequest{0x0D})}, lt.iut.now)
            .empty());
  }
  lt.iut.Give(EncryptionChange{0, true});
  EXPECT_EQ(lt.iut.manager.security(), kUnauthenticated);
  EXPECT_EQ(lt.iut.keys_given, 1u);
  EXPECT_FALSE(lt.iut.manager.busy());
}

// 44. The link goes at every step; then somebody else has its handle.
TEST(Attack, Row44_DisconnectionAtEveryStep) {
  for (const Role role : kBoth) {
    for (int steps = 0; steps <= 5; ++steps) {
      LowerTester lt(role);
      lt.Features();
      if (steps > 0) lt.PublicKeys();
      if (steps > 1) lt.Comparison();
      if (steps > 2) lt.DhKeyChecks();
      if (steps > 3) lt.EncryptLink();
      if (steps > 4) lt.iut.store_answers = false;
      if (steps > 4) lt.Keys();
      lt.iut.to_link.clear();
      lt.iut.Give(LinkLost{});
      lt.iut.Give(LongTermKeyRequest{0, 0});
      lt.iut.Give(EncryptionChange{0, true});
      lt.Send(PairingRequest{lt.request});
      lt.Send(PairingDhKeyCheck{});
      lt.iut.Give(PdusAcknowledged{9});
      lt.iut.Advance(seconds(60));
      EXPECT_TRUE(lt.iut.to_link.empty());
      ASSERT_EQ(lt.iut.reports.size(), steps > 4 ? 0u : 1u);
      if (steps <= 4) {
        EXPECT_EQ(lt.iut.Report().failure->cause, FailureCause::kLinkLost);
        EXPECT_EQ(lt.iut.stored, 0u);
      }
    }
  }
}

// 45. Nothing more after thirty seconds, and no keeping the timer from it.
TEST(Attack, Row45_PduAfterTheTimer) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.Features();
    lt.PublicKeys();
    lt.iut.Advance(seconds(30));
    EXPECT_EQ(lt.iut.Report().failure->cause, FailureCause::kTimeout);
    lt.iut.to_link.clear();
    for (int code = 0; code <= 0x0E; ++code) {
      lt.SendOctets(PduOfCode(static_cast<uint8_t>(code), kPduLengths[code]));
    }
    lt.ExpectSilence();
    EXPECT_EQ(lt.iut.reports.size(), 1u);
    EXPECT_FALSE(lt.iut.manager.busy());
  }
}
TEST(Attack, Row45_KeypressesForEver) {
  LowerTester lt(kCentral, With(kDisplayOnly, MitmOption::kYes));
  lt.iut.user.parameters.keypress = true;
  lt.features.io_capability = kKeyboardOnly;
  lt.features.auth_req.keypress = true;
  lt.Features();
  lt.PublicKeys();
  int seconds_held = 0;
  for (; lt.iut.reports.empty() && seconds_held < 1000; ++seconds_held) {
    lt.Send(KeypressNotification{1});
    lt.iut.Advance(seconds(1));
  }
  EXPECT_EQ(seconds_held, 120);
  EXPECT_TRUE(lt.iut.manager.dead());
}

// 46. Guessing again and again, from another address each time.
TEST(Attack, Row46_RepeatedAttempts) {
  RepeatedAttempts attempts;
  Time now{};
  Duration last{};
  for (uint8_t number = 0; number < 20; ++number) {
    LowerTester lt(kPeripheral);
    lt.Features();
    lt.Send(PairingPublicKey{});
    lt.ExpectFailed(Reason::kDhKeyCheckFailed);
    ASSERT_TRUE(CountsAsAttempt(*lt.iut.Report().failure));
    RepeatedAttempts::Claimant claimant{RandomAddress("C0:00:00:00:00:00")};
    claimant.address.octets[0] = number;
    attempts.Failed(claimant, now);
    claimant.address.octets[0] = static_cast<uint8_t>(number + 1);
    const Time until = attempts.BlockedUntil(claimant, now).value_or(now);
    EXPECT_GE(until - now, last);
    last = until - now;
    now = until;
  }
  EXPECT_EQ(last, seconds(64));
}

// 48. Randomness, key generation or the store give out at any time.
TEST(Attack, Row48_NothingIsWeakerWhenSomethingGivesOut) {
  for (const Role role : kBoth) {
    size_t draws = 0;
    for (bool paired = false; !paired; ++draws) {
      ASSERT_LT(draws, 100u);
      SmpPair pair;
      Use(pair, With(kDisplayOnly), With(kKeyboardOnly));
      pair.end(role).user.parameters.initiator_keys.sign = true;
      pair.end(Opposite(role)).user.parameters.initiator_keys.sign = true;
      pair.end(role).random.draws_left = draws;
      pair.Pair();
      SmpEnd& end = pair.end(role);
      paired = end.Succeeded();
      if (paired) continue;
      EXPECT_EQ(end.Report().failure->cause, FailureCause::kInternal);
      EXPECT_EQ(end.Report().failure->reason, Reason::kUnspecifiedReason);
      EXPECT_EQ(pair.SentBy(role).back(), "PairingFailed");
      EXPECT_EQ(end.stored, 0u);
      EXPECT_EQ(end.manager.security(), std::nullopt);
    }
    EXPECT_GT(draws, 20u);  // a nonce for each of twenty rounds
  }
  LowerTester no_keys(kPeripheral);
  no_keys.iut.key_pairs.exhausted = true;
  no_keys.Features();
  no_keys.ExpectFailed(Reason::kUnspecifiedReason);
  LowerTester no_store(kPeripheral);
  no_store.iut.store_works = false;
  no_store.Pair();
  no_store.ExpectFailed(Reason::kUnspecifiedReason);
  EXPECT_EQ(no_store.iut.manager.security(), std::nullopt);
}

}  // namespace
}  // namespace bondd::smp::test
