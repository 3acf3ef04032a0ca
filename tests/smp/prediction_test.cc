// What is predicted is what two Security Managers come to: over the whole of
// Table 2.8, and over settings of every other kind that are drawn by lot.

#include "smp/prediction.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <random>
#include <set>
#include <utility>

#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;

// Pairs, after the prediction, and has the two agree.
void ExpectAsPredicted(SmpPair& pair) {
  const auto prediction = Predict(pair.central().user.parameters,
                                  pair.peripheral().user.parameters);
  pair.Pair();
  if (!prediction) {
    const auto& [detector, reason] = prediction.error();
    return ExpectFailed(pair, detector, reason);
  }
  const auto& [negotiated, security] = *prediction;
  ExpectPaired(pair, negotiated.association.model, security);
  EXPECT_EQ(pair.central().Report().keys_sent, negotiated.initiator_keys);
  EXPECT_EQ(pair.central().Report().keys_received, negotiated.responder_keys);
  EXPECT_EQ(pair.central().Report().bonded, negotiated.bonding);
}

// Initiator's and responder's capability, Secure Connections.
using Case = std::tuple<int, int, bool>;
class Predicting : public testing::TestWithParam<Case> {};

TEST_P(Predicting, SaysWhatPairingComesToForEachMitmAndRequiredLevel) {
  const auto& [initiator, responder, secure_connections] = GetParam();
  for (const MitmOption mitm_i : {MitmOption::kNo, MitmOption::kYes}) {
    for (const MitmOption mitm_r : {MitmOption::kNo, MitmOption::kYes}) {
      // Of neither, the initiator, the responder and both: by number.
      for (uint8_t required = 0; required < 4; ++required) {
        SCOPED_TRACE(testing::Message()
                     << "MITM " << ToString(mitm_i) << " " << ToString(mitm_r)
                     << ", required by " << +required);
        const auto parameters = secure_connections ? With : Legacy;
        SmpPair pair;
        Use(pair, parameters(static_cast<IoCapability>(initiator), mitm_i),
            parameters(static_cast<IoCapability>(responder), mitm_r));
        if (required & 1) pair.central().user.parameters.require_level = 3;
        if (required & 2) pair.peripheral().user.parameters.require_level = 4;
        ExpectAsPredicted(pair);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table28, Predicting,
                         testing::Combine(testing::Range(0, 5),
                                          testing::Range(0, 5),
                                          testing::Bool()));

class Lot {
 public:
  explicit Lot(uint32_t seed) : engine_(seed) {}

  // At most `last`, evenly enough.
  uint8_t Draw(uint8_t last) {
    return static_cast<uint8_t>(engine_() % (last + 1u));
  }
  template <typename T>
  T OneOf(std::initializer_list<T> choices) {
    return choices.begin()[Draw(static_cast<uint8_t>(choices.size() - 1))];
  }

  void MakeUp(PairingParameters& p) {
    p.io_capability = static_cast<IoCapability>(Draw(4));
    p.oob = OneOf(
        {OobOption::kAuto, OobOption::kAuto, OobOption::kNo, OobOption::kYes});
    if (Draw(2) == 0) p.oob_legacy_tk = Counting<Tk>(1);
    p.bonding = Draw(3) != 0;
    p.mitm = OneOf({MitmOption::kAuto, MitmOption::kNo, MitmOption::kYes});
    p.secure_connections =
        OneOf({SecureConnectionsOption::kOn, SecureConnectionsOption::kOn,
               SecureConnectionsOption::kOff, SecureConnectionsOption::kOnly});
    p.initiator_keys = {Draw(1) == 0, Draw(1) == 0, Draw(1) == 0};
    p.responder_keys = {Draw(1) == 0, Draw(1) == 0, Draw(1) == 0};
    p.min_key_size = static_cast<uint8_t>(7 + Draw(2) * Draw(4));
    p.max_key_size =
        static_cast<uint8_t>(16 - Draw(1) * Draw(16 - p.min_key_size));
    p.require_level = OneOf<uint8_t>({1, 2, 2, 3, 4});
    if (Draw(3) == 0) {
      p.methods = {};
      p.methods.Add(static_cast<AssociationModel>(Draw(3)));
      p.methods.Add(static_cast<AssociationModel>(Draw(3)));
    }
    p.debug_keys = OneOf({DebugKeysOption::kReject, DebugKeysOption::kReject,
                          DebugKeysOption::kAccept, DebugKeysOption::kUse});
  }

 private:
  std::mt19937 engine_;
};

TEST(Prediction, HoldsForWhateverSettingsAreDrawn) {
  constexpr uint32_t kDraws = 1500;
  int paired = 0;
  std::set<std::pair<Role, PairingFailedReason>> failures;
  std::set<AssociationModel> models;
  for (uint32_t seed = 0; seed < kDraws; ++seed) {
    SCOPED_TRACE(testing::Message() << "draw " << seed);
    Lot lot(seed);
    SmpPair pair;
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      lot.MakeUp(pair.end(role).user.parameters);
    }
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      ShowOobData(pair, role);
      // The other one has it at hand when it is asked, or has put it in.
      SmpEnd& other = pair.end(Opposite(role));
      other.user.oob = other.user.parameters.oob_peer->Clone();
      other.user.tk = Counting<Tk>(1);
      if (lot.Draw(2) != 0) other.user.parameters.oob_peer.reset();
    }
    const auto prediction = Predict(pair.central().user.parameters,
                                    pair.peripheral().user.parameters);
    if (prediction) {
      ++paired;
      models.insert(prediction->negotiated.association.model);
    } else {
      failures.emplace(prediction.error().detector, prediction.error().reason);
    }
    ExpectAsPredicted(pair);
  }
  // The lot has not left out what matters: the four models, and refusals for
  // the requirements, the key size and a debug key by either side.
  EXPECT_GT(paired, 100);
  EXPECT_EQ(models.size(), 4u);
  EXPECT_EQ(failures.size(), 6u);
}

TEST(Prediction, NamesTheSideThatChecksFirst) {
  PairingParameters initiator = Legacy(kKeyboardDisplay);
  PairingParameters responder = With(kKeyboardDisplay);
  responder.secure_connections = SecureConnectionsOption::kOnly;
  initiator.min_key_size = 16;
  responder.max_key_size = 7;
  responder.min_key_size = 7;
  const auto prediction = Predict(initiator, responder);
  ASSERT_FALSE(prediction.has_value());
  EXPECT_EQ(prediction.error().detector, Role::kResponder);
  EXPECT_EQ(prediction.error().reason,
            PairingFailedReason::kAuthenticationRequirements);
}

TEST(Prediction, CountsLegacyPasskeyEntryAsItIsConfigured) {
  PairingParameters initiator = Legacy(kKeyboardOnly);
  initiator.require_level = 3;
  const PairingParameters responder = Legacy(kDisplayOnly);
  EXPECT_TRUE(Predict(initiator, responder).has_value());
  initiator.legacy_passkey_authenticated = false;
  const auto prediction = Predict(initiator, responder);
  ASSERT_FALSE(prediction.has_value());
  EXPECT_EQ(prediction.error().detector, Role::kInitiator);
}

}  // namespace
}  // namespace bondd::smp::test
