// What can be made to go wrong, and how the hosts see it.

#include "sim/faults.h"

#include <gtest/gtest.h>

#include "tests/support/sim_host.h"

namespace bondd::test {
namespace {

using hci::EventCode;
using hci::HciError;
using hci::LeSubevent;
using hci::Opcode;
using std::chrono::milliseconds;
using std::chrono::seconds;

class FaultsTest : public testing::Test {
 protected:
  SimWorld world_;
  SimHost central_{world_, {.public_address = PublicAddress(1)}};
  SimHost peripheral_{world_, {.public_address = PublicAddress(2)}};

  SimLink Link() {
    return MakeLink(world_, central_, peripheral_, PublicAddress(2));
  }
};

TEST_F(FaultsTest, AnswersComeLateAndInTheirOrder) {
  central_.controller().SetFaults({.delay = milliseconds(500)});
  EXPECT_FALSE(central_.Command(Opcode::kLeRand));
  central_.Write(Opcode::kLeRand);
  world_.RunFor(milliseconds(499));
  EXPECT_TRUE(central_.return_parameters().empty());
  EXPECT_EQ(world_.air().Deadline(), world_.now() + milliseconds(1));
}

TEST_F(FaultsTest, DelayedEventIsReadOnceItIsDue) {
  peripheral_.Advertise();
  central_.Scan();
  central_.controller().SetFaults({.delay = milliseconds(500)});
  world_.RunFor(milliseconds(499));
  EXPECT_TRUE(central_.TakeReports().empty());
  world_.RunFor(milliseconds(100));
  EXPECT_FALSE(central_.TakeReports().empty());
}

TEST_F(FaultsTest, RefusedCommandHasTheStatusAndNoEffect) {
  peripheral_.controller().SetFaults(
      {.refused = {
           {Opcode::kLeSetAdvertisingEnable, HciError::kMemoryCapacityExceeded},
           {Opcode::kLeCreateConnection, HciError::kConnectionLimitExceeded}}});
  EXPECT_EQ(peripheral_.Advertise(), HciError::kMemoryCapacityExceeded);
  EXPECT_FALSE(peripheral_.answered_by_status());
  EXPECT_EQ(peripheral_.Connect(PublicAddress(1)),
            HciError::kConnectionLimitExceeded);
  EXPECT_TRUE(peripheral_.answered_by_status());
  central_.Scan();
  world_.RunFor(seconds(1));
  EXPECT_TRUE(central_.TakeReports().empty());
}

TEST_F(FaultsTest, UnansweredCommandHasNoAnswerAndNoEffect) {
  central_.controller().SetFaults({.unanswered = {Opcode::kLeSetScanEnable}});
  peripheral_.Advertise();
  EXPECT_FALSE(central_.Scan());
  world_.RunFor(seconds(1));
  EXPECT_TRUE(central_.TakeReports().empty());
  EXPECT_EQ(central_.Command(Opcode::kLeRand), HciError::kSuccess);
}

TEST_F(FaultsTest, FaultsEndWhenOthersAreSet) {
  central_.controller().SetFaults({.unanswered = {Opcode::kLeRand}});
  EXPECT_FALSE(central_.Command(Opcode::kLeRand));
  central_.controller().SetFaults({});
  EXPECT_EQ(central_.Command(Opcode::kLeRand), HciError::kSuccess);
}

TEST_F(FaultsTest, VanishesAtThePacketOfThatNumber) {
  central_.controller().SetFaults({.vanish_at_packet = 2});
  EXPECT_TRUE(central_.Command(Opcode::kLeRand));
  EXPECT_TRUE(central_.Command(Opcode::kLeRand));
  EXPECT_FALSE(central_.lost());
  EXPECT_FALSE(central_.Command(Opcode::kLeRand));
  EXPECT_TRUE(central_.lost());
  EXPECT_EQ(central_.controller().Read().error().code, ErrorCode::kClosed);
  EXPECT_EQ(
      central_.controller().Write(hci::PacketType::kCommand, {}).error().code,
      ErrorCode::kClosed);
}

TEST_F(FaultsTest, PeerOfOneThatVanishedTimesOut) {
  Link();
  world_.RunFor(seconds(1));
  const Time before = world_.now();
  peripheral_.controller().Vanish();
  ASSERT_TRUE(world_.RunUntil(
      [&] { return central_.Has(EventCode::kDisconnectionComplete); }));
  EXPECT_EQ(central_.TakeDisconnection()->reason, HciError::kConnectionTimeout);
  EXPECT_EQ(world_.now() - before, milliseconds(420));
}

TEST_F(FaultsTest, PeerOfADestroyedControllerTimesOut) {
  auto other = std::make_unique<SimHost>(
      world_, sim::ControllerOptions{.public_address = PublicAddress(3)});
  MakeLink(world_, central_, *other, PublicAddress(3));
  world_.RunFor(seconds(1));
  other.reset();
  world_.RunFor(seconds(1));
  EXPECT_EQ(central_.TakeDisconnection()->reason, HciError::kConnectionTimeout);
}

TEST_F(FaultsTest, LostContactTimesOutAtBothEnds) {
  const SimLink link = Link();
  world_.RunFor(seconds(1));
  central_.controller().LoseContact();
  central_.SendAcl(link.central, Bytes{1});
  world_.RunFor(milliseconds(500));
  EXPECT_EQ(central_.TakeDisconnection()->reason, HciError::kConnectionTimeout);
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason,
            HciError::kConnectionTimeout);
  EXPECT_FALSE(peripheral_.HasData());
}

TEST_F(FaultsTest, LinkThatIsDroppedAtOnceWasNeverEstablished) {
  central_.controller().SetFaults({.drop_link_at_event = 0});
  Link();
  world_.RunFor(seconds(1));
  EXPECT_EQ(central_.TakeDisconnection()->reason,
            HciError::kConnectionFailedToBeEstablished);
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason,
            HciError::kConnectionFailedToBeEstablished);
}

TEST_F(FaultsTest, LinkIsDroppedAtTheEventOfThatNumber) {
  central_.controller().SetFaults({.drop_link_at_event = 3});
  const SimLink link = Link();
  // One PDU for each of the events 0 to 3.
  for (int i = 0; i < 4; ++i) {
    central_.SendAcl(link.central, Bytes{1});
    world_.RunFor(std::chrono::microseconds(7500));
  }
  world_.RunFor(seconds(1));
  EXPECT_EQ(peripheral_.TakeData().size(), 3u);
  EXPECT_EQ(central_.TakeDisconnection()->reason, HciError::kConnectionTimeout);
}

TEST_F(FaultsTest, LinkIsDroppedAtThePduOfThatNumber) {
  peripheral_.controller().SetFaults({.drop_link_at_pdu = 2});
  const SimLink link = Link();
  for (int i = 0; i < 4; ++i) central_.SendAcl(link.central, Bytes{1});
  world_.RunFor(seconds(1));
  EXPECT_EQ(peripheral_.TakeData().size(), 2u);
  EXPECT_EQ(central_.TakeCompleted(link.central), 2u);
  EXPECT_TRUE(central_.TakeDisconnection());
  EXPECT_TRUE(peripheral_.TakeDisconnection());
}

TEST_F(FaultsTest, NextLinkAfterADroppedOneIsWhole) {
  central_.controller().SetFaults({.drop_link_at_pdu = 0});
  central_.SendAcl(Link().central, Bytes{1});
  world_.RunFor(seconds(1));
  EXPECT_TRUE(central_.TakeDisconnection());
  peripheral_.Forget();
  central_.controller().SetFaults({});
  central_.SendAcl(Link().central, Bytes{1});
  world_.RunFor(seconds(1));
  EXPECT_EQ(peripheral_.TakeData().size(), 1u);
}

TEST_F(FaultsTest, CorruptPduReachesThePeerOfAnUnencryptedLink) {
  central_.controller().SetFaults({.corrupt_pdu = 1});
  const SimLink link = Link();
  for (int i = 0; i < 3; ++i) central_.SendAcl(link.central, Bytes{4, 2});
  world_.RunFor(seconds(1));
  const auto data = peripheral_.TakeData();
  ASSERT_EQ(data.size(), 3u);
  EXPECT_EQ(data[0].data, (Bytes{4, 2}));
  EXPECT_EQ(data[1].data, (Bytes{4, 3}));
  EXPECT_EQ(data[2].data, (Bytes{4, 2}));
}

TEST_F(FaultsTest, CorruptPduIsAMicFailureOnAnEncryptedLink) {
  // The peripheral sends three PDUs to start the encryption.
  peripheral_.controller().SetFaults({.corrupt_pdu = 3});
  const SimLink link = Link();
  central_.EnableEncryption(link.central, KeyOf(1));
  world_.RunFor(milliseconds(100));
  peripheral_.ReplyKey(link.peripheral, KeyOf(1));
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(central_.TakeEncryption()->status, HciError::kSuccess);
  peripheral_.SendAcl(link.peripheral, Bytes{1});
  world_.RunFor(seconds(1));
  EXPECT_FALSE(central_.HasData());
  EXPECT_EQ(central_.TakeDisconnection()->reason, HciError::kMicFailure);
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason,
            HciError::kConnectionTimeout);
}

// Whatever is lost or altered while a link is encrypted and its key refreshed:
// one end never takes for done what the other does not.
class InterruptedEncryptionTest : public testing::TestWithParam<uint32_t> {
 protected:
  SimWorld world_;
  SimHost central_{world_, {.public_address = PublicAddress(1)}};
  SimHost peripheral_{world_, {.public_address = PublicAddress(2)}};

  // True when both hosts were told twice that it worked.
  bool EncryptTwice() {
    const SimLink link =
        MakeLink(world_, central_, peripheral_, PublicAddress(2));
    bool both = true;
    for (const uint8_t key : {1, 2}) {
      central_.EnableEncryption(link.central, KeyOf(key));
      world_.RunFor(milliseconds(100));
      if (peripheral_.TakeKeyRequest()) {
        peripheral_.ReplyKey(link.peripheral, KeyOf(key));
      }
      world_.RunFor(seconds(1));
      const auto here = central_.TakeEncryption();
      const auto there = peripheral_.TakeEncryption();
      both = both && here && there && here->status == HciError::kSuccess &&
             there->status == HciError::kSuccess;
    }
    return both;
  }

  void ExpectWorkedOrLost(bool worked) {
    world_.RunFor(seconds(60));
    EXPECT_EQ(central_.TakeDisconnection().has_value(), !worked);
    EXPECT_EQ(peripheral_.TakeDisconnection().has_value(), !worked);
  }
};

TEST_P(InterruptedEncryptionTest, LostPdusLoseTheLink) {
  central_.controller().SetFaults({.drop_link_at_pdu = GetParam()});
  const bool worked = EncryptTwice();
  // Five PDUs for the first key, three more to pause, five for the second.
  EXPECT_EQ(worked, GetParam() >= 13);
  if (worked) return;
  ExpectWorkedOrLost(false);
}

TEST_P(InterruptedEncryptionTest, AlteredPdusOfTheCentralLoseTheLink) {
  central_.controller().SetFaults({.corrupt_pdu = GetParam()});
  ExpectWorkedOrLost(EncryptTwice());
}

TEST_P(InterruptedEncryptionTest, AlteredPdusOfThePeripheralLoseTheLink) {
  peripheral_.controller().SetFaults({.corrupt_pdu = GetParam()});
  ExpectWorkedOrLost(EncryptTwice());
}

INSTANTIATE_TEST_SUITE_P(EachPdu, InterruptedEncryptionTest,
                         testing::Range(0u, 16u));

}  // namespace
}  // namespace bondd::test
