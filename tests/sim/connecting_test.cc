// Initiating: from LE Create Connection to the connection complete events.

#include <gtest/gtest.h>

#include "tests/sim/advertising_types.h"
#include "tests/support/sim_host.h"

namespace bondd::test {
namespace {

using hci::HciError;
using hci::LeSubevent;
using hci::Opcode;
using hci::Role;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ConnectingTest : public testing::Test {
 protected:
  bool ComesUp() {
    return world_.RunUntil(
        [&] { return central_.Has(LeSubevent::kConnectionComplete); });
  }

  SimWorld world_;
  SimHost central_{world_, {.public_address = PublicAddress(1)}};
  SimHost peripheral_{world_, {.public_address = PublicAddress(2)}};
};

TEST_F(ConnectingTest, TellsBothEndsOfTheLink) {
  peripheral_.Advertise();
  central_.Connect(PublicAddress(2), {.interval = 12, .timeout = 100});
  ASSERT_TRUE(ComesUp());
  const auto at_central = central_.TakeConnection();
  const auto at_peripheral = peripheral_.TakeConnection();
  ASSERT_TRUE(at_central && at_peripheral);
  EXPECT_EQ(at_central->role, Role::kCentral);
  EXPECT_EQ(at_central->peer, PublicAddress(2));
  EXPECT_EQ(at_peripheral->role, Role::kPeripheral);
  EXPECT_EQ(at_peripheral->peer, PublicAddress(1));
  for (const auto& event : {*at_central, *at_peripheral}) {
    EXPECT_EQ(event.status, HciError::kSuccess);
    EXPECT_EQ(event.interval, 12);
    EXPECT_EQ(event.timeout, 100);
  }
}

TEST_F(ConnectingTest, ShowsTheRandomAddressesThatWereOnTheAir) {
  central_.SetRandomAddress(StaticAddress(1));
  peripheral_.SetRandomAddress(StaticAddress(2));
  peripheral_.Advertise({.own_address_type = hci::kAddressTypeRandom});
  central_.Connect(StaticAddress(2),
                   {.own_address_type = hci::kAddressTypeRandom});
  ASSERT_TRUE(ComesUp());
  EXPECT_EQ(central_.TakeConnection()->peer, StaticAddress(2));
  EXPECT_EQ(peripheral_.TakeConnection()->peer, StaticAddress(1));
}

TEST_F(ConnectingTest, ComesBeforeTheAdvertiserEvenAdvertises) {
  EXPECT_EQ(central_.Connect(PublicAddress(2)), HciError::kSuccess);
  world_.RunFor(seconds(5));
  EXPECT_FALSE(central_.TakeConnection());
  peripheral_.Advertise();
  EXPECT_TRUE(ComesUp());
}

TEST_F(ConnectingTest, EndsAdvertising) {
  SimHost scanner(world_, {.public_address = PublicAddress(3)});
  MakeLink(world_, central_, peripheral_, PublicAddress(2));
  scanner.Scan();
  world_.RunFor(seconds(1));
  EXPECT_TRUE(scanner.TakeReports().empty());
}

TEST_F(ConnectingTest, LeavesThoseAloneWhoAreNotMeant) {
  peripheral_.Advertise();
  central_.Connect(PublicAddress(3));
  EXPECT_FALSE(ComesUp());
}

TEST_F(ConnectingTest, TakesTheTypeOfTheAddressForPartOfIt) {
  DeviceAddress same_octets = PublicAddress(2);
  same_octets.type = AddressType::kRandom;
  peripheral_.Advertise();
  central_.Connect(same_octets);
  EXPECT_FALSE(ComesUp());
}

TEST_F(ConnectingTest, NeedsConnectableAdvertising) {
  peripheral_.Advertise({.type = kNonConnInd});
  central_.Connect(PublicAddress(2));
  EXPECT_FALSE(ComesUp());
}

TEST_F(ConnectingTest, DirectedAdvertisingTakesItsTargetOnly) {
  peripheral_.Advertise({.type = kLowDutyDirect, .target = PublicAddress(3)});
  central_.Connect(PublicAddress(2));
  EXPECT_FALSE(ComesUp());
  SimHost target(world_, {.public_address = PublicAddress(3)});
  target.Connect(PublicAddress(2));
  world_.RunFor(seconds(1));
  EXPECT_TRUE(target.TakeConnection());
}

TEST_F(ConnectingTest, ConnectsToAnyoneOnTheAcceptList) {
  central_.AcceptOnly(PublicAddress(2));
  peripheral_.Advertise();
  central_.Connect({}, {.accept_list = true});
  ASSERT_TRUE(ComesUp());
  EXPECT_EQ(central_.TakeConnection()->peer, PublicAddress(2));
}

TEST_F(ConnectingTest, AdvertiserMayAcceptItsListOnly) {
  peripheral_.AcceptOnly(PublicAddress(3));
  peripheral_.Advertise({.filter_policy = 2});
  central_.Connect(PublicAddress(2));
  EXPECT_FALSE(ComesUp());
}

TEST_F(ConnectingTest, CancelEndsTheAttemptWithItsOwnEvent) {
  central_.Connect(PublicAddress(2));
  EXPECT_EQ(central_.CancelConnect(), HciError::kSuccess);
  const auto ended = central_.TakeConnection();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status, HciError::kUnknownConnectionIdentifier);
  peripheral_.Advertise();
  EXPECT_FALSE(ComesUp());
}

TEST_F(ConnectingTest, RefusesToCancelWhatIsNotThere) {
  EXPECT_EQ(central_.CancelConnect(), HciError::kCommandDisallowed);
}

TEST_F(ConnectingTest, RefusesASecondAttemptBesideTheFirst) {
  central_.Connect(PublicAddress(2));
  EXPECT_EQ(central_.Connect(PublicAddress(3)), HciError::kCommandDisallowed);
  EXPECT_EQ(central_.SetRandomAddress(StaticAddress(1)),
            HciError::kCommandDisallowed);
}

TEST_F(ConnectingTest, RefusesASecondLinkToThePeer) {
  MakeLink(world_, central_, peripheral_, PublicAddress(2));
  EXPECT_EQ(central_.Connect(PublicAddress(2)),
            HciError::kConnectionAlreadyExists);
}

TEST_F(ConnectingTest, RefusesParametersOutOfRange) {
  EXPECT_EQ(central_.Connect(PublicAddress(2), {.interval = 5}),
            HciError::kInvalidParameters);
  // A supervision timeout shorter than two intervals.
  EXPECT_EQ(
      central_.Connect(PublicAddress(2), {.interval = 3200, .timeout = 100}),
      HciError::kInvalidParameters);
}

TEST_F(ConnectingTest, RefusesMoreLinksThanItHas) {
  SimHost small(world_, {.public_address = PublicAddress(3), .max_links = 1});
  MakeLink(world_, small, peripheral_, PublicAddress(2));
  EXPECT_EQ(small.Connect(PublicAddress(1)),
            HciError::kConnectionLimitExceeded);
  EXPECT_EQ(small.Advertise(), HciError::kConnectionLimitExceeded);
}

TEST_F(ConnectingTest, GivesEveryLinkAHandleOfItsOwn) {
  SimHost second(world_, {.public_address = PublicAddress(3)});
  const SimLink one = MakeLink(world_, central_, peripheral_, PublicAddress(2));
  const SimLink two = MakeLink(world_, central_, second, PublicAddress(3));
  EXPECT_NE(one.central, two.central);
  EXPECT_GE(one.central, 0x0040);
}

TEST_F(ConnectingTest, SendsTheEnhancedEventWithLinkLayerPrivacy) {
  SimHost modern(
      world_, {.public_address = PublicAddress(3), .link_layer_privacy = true});
  peripheral_.Advertise();
  modern.Connect(PublicAddress(2));
  world_.RunFor(seconds(1));
  EXPECT_TRUE(modern.Has(LeSubevent::kEnhancedConnectionComplete));
  EXPECT_FALSE(modern.Has(LeSubevent::kConnectionComplete));
  EXPECT_EQ(modern.TakeConnection()->peer, PublicAddress(2));
}

TEST_F(ConnectingTest, ResolvingListOfLinkLayerPrivacyIsEmpty) {
  SimHost modern(world_, {.link_layer_privacy = true});
  EXPECT_EQ(modern.Command(Opcode::kLeReadResolvingListSize),
            HciError::kSuccess);
  EXPECT_EQ(modern.return_parameters(), Bytes{0});
  EXPECT_EQ(central_.Command(Opcode::kLeReadResolvingListSize),
            HciError::kUnknownCommand);
}

}  // namespace
}  // namespace bondd::test
