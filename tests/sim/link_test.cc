// Data on a link, its buffers, and how a link ends.

#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/sim_host.h"

namespace bondd::test {
namespace {

using hci::EventCode;
using hci::HciError;
using hci::LeSubevent;
using hci::Opcode;
using std::chrono::milliseconds;
using std::chrono::seconds;

Bytes Octets(size_t count) {
  Bytes octets(count);
  std::iota(octets.begin(), octets.end(), uint8_t{0});
  return octets;
}

class LinkTest : public testing::Test {
 protected:
  SimWorld world_;
  SimHost central_{world_,
                   {.public_address = PublicAddress(1), .acl_data_packets = 3}};
  SimHost peripheral_{world_, {.public_address = PublicAddress(2)}};
  SimLink link_ = MakeLink(world_, central_, peripheral_, PublicAddress(2));
};

TEST_F(LinkTest, DeliversInOrder) {
  for (const uint8_t octet : {1, 2, 3}) {
    central_.SendAcl(link_.central, Bytes{octet});
  }
  world_.RunFor(milliseconds(100));
  const auto data = peripheral_.TakeData();
  ASSERT_EQ(data.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(data[i].handle, link_.peripheral);
    EXPECT_TRUE(data[i].first);
    EXPECT_EQ(data[i].data, Bytes{static_cast<uint8_t>(i + 1)});
  }
}

TEST_F(LinkTest, DeliversAtConnectionEventsOnly) {
  world_.RunFor(milliseconds(100));
  central_.SendAcl(link_.central, Octets(5));
  const Time written = world_.now();
  ASSERT_TRUE(world_.RunUntil([&] { return peripheral_.HasData(); }));
  const Duration first = world_.now() - written;
  EXPECT_GT(first, Duration(0));
  EXPECT_LE(first, std::chrono::microseconds(7500));
  // The next one takes exactly one interval more.
  const Time at_event = world_.now();
  peripheral_.TakeData();
  central_.SendAcl(link_.central, Octets(5));
  ASSERT_TRUE(world_.RunUntil([&] { return peripheral_.HasData(); }));
  EXPECT_EQ(world_.now() - at_event, std::chrono::microseconds(7500));
}

TEST_F(LinkTest, ReportsCompletionWhenThePeerHasIt) {
  central_.SendAcl(link_.central, Octets(5));
  world_.Settle();
  EXPECT_EQ(central_.TakeCompleted(link_.central), 0u);
  world_.RunFor(milliseconds(10));
  EXPECT_EQ(peripheral_.TakeData().size(), 1u);
  EXPECT_EQ(central_.TakeCompleted(link_.central), 1u);
}

TEST_F(LinkTest, CutsPacketsIntoPdusOf27Octets) {
  const Bytes sent = Octets(65);
  central_.SendAcl(link_.central, sent);
  world_.RunFor(milliseconds(100));
  const auto data = peripheral_.TakeData();
  ASSERT_EQ(data.size(), 3u);
  EXPECT_TRUE(data[0].first);
  EXPECT_FALSE(data[1].first);
  EXPECT_FALSE(data[2].first);
  Bytes received;
  for (const AclFragment& fragment : data) {
    EXPECT_LE(fragment.data.size(), 27u);
    received.insert(received.end(), fragment.data.begin(), fragment.data.end());
  }
  EXPECT_EQ(received, sent);
  EXPECT_EQ(central_.TakeCompleted(link_.central), 1u);
}

TEST_F(LinkTest, PassesOnThatAFragmentContinues) {
  central_.SendAcl(link_.central, Octets(5), true);
  central_.SendAcl(link_.central, Octets(6), false);
  world_.RunFor(milliseconds(100));
  const auto data = peripheral_.TakeData();
  ASSERT_EQ(data.size(), 2u);
  EXPECT_TRUE(data[0].first);
  EXPECT_FALSE(data[1].first);
}

TEST_F(LinkTest, TellsTheHostThatOverrunsItsBuffers) {
  for (int i = 0; i < 4; ++i) central_.SendAcl(link_.central, Octets(5));
  world_.RunFor(milliseconds(100));
  EXPECT_TRUE(central_.Take(EventCode::kDataBufferOverflow));
  EXPECT_FALSE(central_.Take(EventCode::kDataBufferOverflow));
  EXPECT_EQ(peripheral_.TakeData().size(), 3u);
  EXPECT_EQ(central_.TakeCompleted(link_.central), 3u);
}

TEST_F(LinkTest, HasOnePoolOfBuffersForAllLinks) {
  SimHost second(world_, {.public_address = PublicAddress(3)});
  const SimLink other = MakeLink(world_, central_, second, PublicAddress(3));
  central_.SendAcl(link_.central, Octets(5));
  central_.SendAcl(link_.central, Octets(5));
  central_.SendAcl(other.central, Octets(5));
  central_.SendAcl(other.central, Octets(5));
  world_.RunFor(milliseconds(100));
  EXPECT_TRUE(central_.Take(EventCode::kDataBufferOverflow));
  EXPECT_EQ(second.TakeData().size(), 1u);
}

TEST_F(LinkTest, TakesAPacketAsLongAsItsBuffersAndNoLonger) {
  central_.SendAcl(link_.central, Octets(251));
  world_.RunFor(milliseconds(200));
  EXPECT_FALSE(central_.Has(EventCode::kDataBufferOverflow));
  EXPECT_FALSE(peripheral_.TakeData().empty());
  central_.SendAcl(link_.central, Octets(252));
  world_.RunFor(milliseconds(200));
  EXPECT_TRUE(central_.Has(EventCode::kDataBufferOverflow));
  EXPECT_TRUE(peripheral_.TakeData().empty());
}

TEST_F(LinkTest, ReturnsTheBufferOfAPacketThatItCannotSend) {
  constexpr uint16_t kAutomaticallyFlushable = 0b10 << 12;
  const auto handle =
      static_cast<uint16_t>(link_.central | kAutomaticallyFlushable);
  central_.SendAcl(handle, Octets(5));
  central_.SendAcl(link_.central, {});
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(central_.TakeCompleted(link_.central), 2u);
  EXPECT_TRUE(peripheral_.TakeData().empty());
}

TEST_F(LinkTest, DataForAnUnknownHandleIsLost) {
  central_.SendAcl(0x0EFF, Octets(5));
  world_.RunFor(milliseconds(100));
  EXPECT_TRUE(peripheral_.TakeData().empty());
  EXPECT_EQ(central_.TakeCompleted(0x0EFF), 0u);
}

TEST_F(LinkTest, DisconnectTellsEachEndItsReason) {
  EXPECT_EQ(central_.Disconnect(link_.central), HciError::kSuccess);
  EXPECT_TRUE(central_.answered_by_status());
  world_.RunFor(milliseconds(100));
  const auto at_central = central_.TakeDisconnection();
  const auto at_peripheral = peripheral_.TakeDisconnection();
  ASSERT_TRUE(at_central && at_peripheral);
  EXPECT_EQ(at_central->handle, link_.central);
  EXPECT_EQ(at_central->reason, HciError::kTerminatedByLocalHost);
  EXPECT_EQ(at_peripheral->handle, link_.peripheral);
  EXPECT_EQ(at_peripheral->reason, HciError::kRemoteUserTerminatedConnection);
}

TEST_F(LinkTest, PeripheralMayDisconnectToo) {
  peripheral_.Disconnect(link_.peripheral);
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason,
            HciError::kTerminatedByLocalHost);
  EXPECT_EQ(central_.TakeDisconnection()->reason,
            HciError::kRemoteUserTerminatedConnection);
}

TEST_F(LinkTest, DisconnectSendsWhatWasWrittenBefore) {
  central_.SendAcl(link_.central, Octets(100));
  central_.Disconnect(link_.central);
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(peripheral_.TakeData().size(), 4u);
}

TEST_F(LinkTest, RefusesReasonsThatAHostMayNotGive) {
  EXPECT_EQ(central_.Disconnect(link_.central, HciError::kConnectionTimeout),
            HciError::kInvalidParameters);
}

TEST_F(LinkTest, RefusesCommandsForALinkThatIsGone) {
  central_.Disconnect(link_.central);
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(central_.Disconnect(link_.central),
            HciError::kUnknownConnectionIdentifier);
  EXPECT_EQ(central_.ReplyKey(link_.central, KeyOf(1)),
            HciError::kUnknownConnectionIdentifier);
  // Command Complete names the handle in spite of the error.
  EXPECT_EQ(Reader(central_.return_parameters()).U16(), link_.central);
}

TEST_F(LinkTest, HandleIsUsedAgain) {
  central_.Disconnect(link_.central);
  world_.RunFor(milliseconds(100));
  const SimLink next =
      MakeLink(world_, central_, peripheral_, PublicAddress(2));
  EXPECT_EQ(next.central, link_.central);
}

TEST_F(LinkTest, BuffersAreFreeAgainOnceTheLinkIsGone) {
  peripheral_.controller().Vanish();
  for (int i = 0; i < 3; ++i) central_.SendAcl(link_.central, Octets(5));
  world_.RunFor(seconds(1));
  EXPECT_TRUE(central_.TakeDisconnection());
  EXPECT_EQ(central_.TakeCompleted(link_.central), 0u);
  SimHost second(world_, {.public_address = PublicAddress(3)});
  const SimLink next = MakeLink(world_, central_, second, PublicAddress(3));
  for (int i = 0; i < 3; ++i) central_.SendAcl(next.central, Octets(5));
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(second.TakeData().size(), 3u);
}

TEST_F(LinkTest, StaysUpWithoutTraffic) {
  world_.RunFor(std::chrono::hours(1));
  EXPECT_FALSE(central_.Has(EventCode::kDisconnectionComplete));
  central_.SendAcl(link_.central, Octets(5));
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(peripheral_.TakeData().size(), 1u);
}

TEST_F(LinkTest, HoldsBackDataFromAHostThatDoesNotRead) {
  SimWorld world;
  SimHost sender(world, {.public_address = PublicAddress(1)});
  const auto idle = world.air().AddController(
      {.public_address = PublicAddress(2)}, world.now());
  const auto write = [&](Opcode opcode, ByteView parameters) {
    const Bytes packet = Writer()
                             .U16(static_cast<uint16_t>(opcode))
                             .U8(static_cast<uint8_t>(parameters.size()))
                             .Append(parameters)
                             .Finish();
    ASSERT_TRUE(idle->Write(hci::PacketType::kCommand, packet));
  };
  write(Opcode::kLeSetAdvertisingEnable, Bytes{1});
  sender.Connect(PublicAddress(2));
  ASSERT_TRUE(world.RunUntil(
      [&] { return sender.Has(LeSubevent::kConnectionComplete); }));
  const uint16_t handle = sender.TakeConnection()->handle;
  size_t sent = 0;
  size_t completed = 0;
  for (int round = 0; round < 200; ++round) {
    while (sent - completed < 8) {
      sender.SendAcl(handle, Octets(5));
      ++sent;
    }
    world.RunFor(milliseconds(50));
    completed += sender.TakeCompleted(handle);
  }
  // It fills up, and from then on nothing is acknowledged.
  EXPECT_GT(completed, 200u);
  EXPECT_LT(completed, 300u);
  while (*idle->Read()) {
  }
  world.RunFor(milliseconds(50));
  EXPECT_EQ(sender.TakeCompleted(handle), 8u);
  EXPECT_FALSE(sender.Has(EventCode::kDisconnectionComplete));
}

}  // namespace
}  // namespace bondd::test
