// Whole pairings between two simulated adapters, in virtual time: everything
// but daemon/ is the real thing.

#include <gtest/gtest.h>

#include "tests/sim/stations.h"
#include "tests/support/smp_checks.h"

namespace bondd::test {
namespace {

using smp::AssociationModel;
using smp::IoCapability;
using smp::SecurityProperties;
using smp::test::kAuthenticated;
using smp::test::kLegacyAuthenticated;
using smp::test::kLegacyUnauthenticated;
using smp::test::kUnauthenticated;
using smp::test::Legacy;
using smp::test::With;

// HCI error code.
constexpr uint8_t kPinOrKeyMissing = 0x06;

struct Model {
  const char* name;
  IoCapability central;
  IoCapability peripheral;
  bool legacy;
  AssociationModel model;
  SecurityProperties security;
};

constexpr Model kModels[] = {
    {"JustWorks", IoCapability::kNoInputNoOutput,
     IoCapability::kNoInputNoOutput, false, AssociationModel::kJustWorks,
     kUnauthenticated},
    {"NumericComparison", IoCapability::kDisplayYesNo,
     IoCapability::kDisplayYesNo, false, AssociationModel::kNumericComparison,
     kAuthenticated},
    {"PasskeyThatTheCentralShows", IoCapability::kDisplayOnly,
     IoCapability::kKeyboardOnly, false, AssociationModel::kPasskeyEntry,
     kAuthenticated},
    {"PasskeyThatThePeripheralShows", IoCapability::kKeyboardOnly,
     IoCapability::kDisplayOnly, false, AssociationModel::kPasskeyEntry,
     kAuthenticated},
    {"LegacyJustWorks", IoCapability::kNoInputNoOutput,
     IoCapability::kNoInputNoOutput, true, AssociationModel::kJustWorks,
     kLegacyUnauthenticated},
    {"LegacyPasskeyThatTheCentralShows", IoCapability::kDisplayOnly,
     IoCapability::kKeyboardOnly, true, AssociationModel::kPasskeyEntry,
     kLegacyAuthenticated},
    {"LegacyPasskeyThatThePeripheralShows", IoCapability::kKeyboardOnly,
     IoCapability::kDisplayOnly, true, AssociationModel::kPasskeyEntry,
     kLegacyAuthenticated},
};

class RadioPairingTest : public ::testing::Test {
 protected:
  smp::test::SmpEnd& central() { return stations_.central().end(); }
  smp::test::SmpEnd& peripheral() { return stations_.peripheral().end(); }

  void Connect(const Model& model) {
    ASSERT_TRUE(stations_.Connect());
    const auto with = model.legacy ? &Legacy : &With;
    central().user.parameters = with(model.central, smp::MitmOption::kAuto);
    peripheral().user.parameters =
        with(model.peripheral, smp::MitmOption::kAuto);
  }
  void StartAsCentral() {
    stations_.Give(stations_.central(),
                   smp::StartPairing{central().user.parameters.Clone()});
  }
  void Reconnect() {
    ASSERT_TRUE(stations_.Disconnect());
    ASSERT_TRUE(stations_.Connect());
  }

  void ExpectPaired(const Model& model) {
    for (const smp::test::SmpEnd* end : {&central(), &peripheral()}) {
      ASSERT_TRUE(end->Succeeded());
      EXPECT_EQ(end->Report().model, model.model);
      EXPECT_EQ(end->manager.security(), model.security);
    }
    EXPECT_TRUE(stations_.central().encrypted());
    EXPECT_TRUE(stations_.peripheral().encrypted());
    const smp::BondData* of_peripheral =
        central().bonds.FindBond(stations_.peripheral().address());
    const smp::BondData* of_central =
        peripheral().bonds.FindBond(stations_.central().address());
    ASSERT_NE(of_peripheral, nullptr);
    ASSERT_NE(of_central, nullptr);
    EXPECT_EQ(of_peripheral->peer_ltk, of_central->local_ltk);
    EXPECT_EQ(of_peripheral->local_ltk, of_central->peer_ltk);
    EXPECT_EQ(of_peripheral->peer_irk, peripheral().identity.irk.Clone());
    EXPECT_EQ(of_central->peer_irk, central().identity.irk.Clone());
  }

  Stations stations_;
};

class RadioModelTest : public RadioPairingTest,
                       public ::testing::WithParamInterface<Model> {};

TEST_P(RadioModelTest, GivesBothSidesTheSameKeys) {
  ASSERT_NO_FATAL_FAILURE(Connect(GetParam()));
  StartAsCentral();
  ASSERT_TRUE(stations_.RunToReports());
  ExpectPaired(GetParam());
}

TEST_P(RadioModelTest, FollowsASecurityRequest) {
  ASSERT_NO_FATAL_FAILURE(Connect(GetParam()));
  stations_.Give(stations_.peripheral(),
                 smp::RequestSecurity{peripheral().user.parameters.Clone()});
  ASSERT_TRUE(stations_.RunToReports());
  ExpectPaired(GetParam());
}

TEST_P(RadioModelTest, LeavesABondThatEncryptsTheNextLink) {
  ASSERT_NO_FATAL_FAILURE(Connect(GetParam()));
  StartAsCentral();
  ASSERT_TRUE(stations_.RunToReports());
  ASSERT_NO_FATAL_FAILURE(Reconnect());
  stations_.Give(stations_.central(), smp::Encrypt{});
  ASSERT_TRUE(stations_.RunUntil([this] {
    return !central().encryptions.empty() &&
           peripheral().manager.security().has_value();
  }));
  EXPECT_EQ(central().manager.security(), GetParam().security);
  EXPECT_EQ(peripheral().manager.security(), GetParam().security);
  EXPECT_TRUE(peripheral().asked.empty());
}

TEST_P(RadioModelTest, BondThatThePeripheralHasLostDoesNotEncrypt) {
  ASSERT_NO_FATAL_FAILURE(Connect(GetParam()));
  StartAsCentral();
  ASSERT_TRUE(stations_.RunToReports());
  ASSERT_NO_FATAL_FAILURE(Reconnect());
  peripheral().bonds.Remove(stations_.central().address());
  stations_.Give(stations_.central(), smp::Encrypt{});
  ASSERT_TRUE(
      stations_.RunUntil([this] { return !central().encryptions.empty(); }));
  EXPECT_EQ(central().encryptions.back().status, kPinOrKeyMissing);
  EXPECT_FALSE(stations_.central().encrypted());
  EXPECT_EQ(central().lost_by_peer.size(), 1u);
  EXPECT_NE(central().bonds.FindBond(stations_.peripheral().address()),
            nullptr);
}

INSTANTIATE_TEST_SUITE_P(All, RadioModelTest, ::testing::ValuesIn(kModels),
                         [](const auto& model) { return model.param.name; });

class RadioRefusalTest : public RadioPairingTest {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(Connect(kModels[1]));
    StartAsCentral();
    // The consent to pairing comes before the number.
    ASSERT_TRUE(stations_.RunUntil([this] {
      return peripheral().Asked<smp::ConsentPrompt>() != nullptr;
    }));
  }

  void ExpectNumericComparisonFailed() {
    ASSERT_TRUE(stations_.RunToReports());
    for (const smp::test::SmpEnd* end : {&central(), &peripheral()}) {
      ASSERT_TRUE(end->Report().failure.has_value());
      EXPECT_EQ(end->Report().failure->reason,
                smp::PairingFailedReason::kNumericComparisonFailed);
      EXPECT_EQ(end->bonds.size(), 0u);
    }
    EXPECT_FALSE(stations_.central().encrypted());
    EXPECT_FALSE(stations_.peripheral().encrypted());
  }
};

TEST_F(RadioRefusalTest, OfTheCentralsUserFailsBothSides) {
  central().user.mood = smp::test::ScriptedUser::Mood::kRefuses;
  ExpectNumericComparisonFailed();
}

TEST_F(RadioRefusalTest, OfThePeripheralsUserFailsBothSides) {
  peripheral().user.mood = smp::test::ScriptedUser::Mood::kRefuses;
  ExpectNumericComparisonFailed();
}

TEST_F(RadioRefusalTest, SilenceEndsWithTheSmpTimer) {
  peripheral().user.mood = smp::test::ScriptedUser::Mood::kSilent;
  const Time start = stations_.now();
  ASSERT_TRUE(stations_.RunToReports());
  EXPECT_EQ(central().Report().failure->cause, smp::FailureCause::kTimeout);
  EXPECT_GE(stations_.now() - start, std::chrono::seconds(29));
  EXPECT_LE(stations_.now() - start, std::chrono::seconds(31));
}

}  // namespace
}  // namespace bondd::test
