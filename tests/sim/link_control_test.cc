// Features, version, connection parameters and data length of a link.

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

struct Updated {
  HciError status;
  uint16_t interval;
  uint16_t latency;
  uint16_t timeout;
};

class LinkControlTest : public testing::Test {
 protected:
  static constexpr uint16_t kNewInterval = 24;
  static constexpr uint16_t kNewLatency = 2;
  static constexpr uint16_t kNewTimeout = 200;

  static Bytes NewParameters(uint16_t handle) {
    return Writer()
        .U16(handle)
        .U16(kNewInterval)
        .U16(kNewInterval)
        .U16(kNewLatency)
        .U16(kNewTimeout)
        .U32(0)
        .Finish();
  }
  static Bytes Handle(uint16_t handle) { return Writer().U16(handle).Finish(); }

  static std::optional<Updated> TakeUpdate(SimHost& host) {
    const auto event = host.Take(LeSubevent::kConnectionUpdateComplete);
    if (!event) return std::nullopt;
    Reader reader(event->parameters);
    Updated updated{};
    updated.status = static_cast<HciError>(reader.U8());
    reader.U16();
    updated.interval = reader.U16();
    updated.latency = reader.U16();
    updated.timeout = reader.U16();
    EXPECT_TRUE(reader.complete());
    return updated;
  }
  static void ExpectNewParameters(SimHost& host) {
    const std::optional<Updated> updated = TakeUpdate(host);
    ASSERT_TRUE(updated);
    EXPECT_EQ(updated->status, HciError::kSuccess);
    EXPECT_EQ(updated->interval, kNewInterval);
    EXPECT_EQ(updated->latency, kNewLatency);
    EXPECT_EQ(updated->timeout, kNewTimeout);
  }
  static std::optional<uint16_t> TakeTxOctets(SimHost& host) {
    const auto event = host.Take(LeSubevent::kDataLengthChange);
    if (!event) return std::nullopt;
    Reader reader(event->parameters);
    reader.U16();
    return reader.U16();
  }

  SimWorld world_;
  SimHost central_{world_, {.public_address = PublicAddress(1)}};
  SimHost peripheral_{world_, {.public_address = PublicAddress(2)}};
  SimLink link_ = MakeLink(world_, central_, peripheral_, PublicAddress(2));
};

TEST_F(LinkControlTest, ReadsTheFeaturesOfThePeerFromEitherEnd) {
  central_.Command(Opcode::kLeReadRemoteFeatures, Handle(link_.central));
  EXPECT_TRUE(central_.answered_by_status());
  peripheral_.Command(Opcode::kLeReadRemoteFeatures, Handle(link_.peripheral));
  world_.RunFor(milliseconds(100));
  for (SimHost* host : {&central_, &peripheral_}) {
    const auto event = host->Take(LeSubevent::kReadRemoteFeaturesComplete);
    ASSERT_TRUE(event);
    Reader reader(event->parameters);
    EXPECT_EQ(reader.U8(), 0);
    reader.U16();
    EXPECT_TRUE(reader.U64() & hci::kLeFeatureEncryption);
  }
}

TEST_F(LinkControlTest, ReadsTheVersionOfThePeerEachTimeItIsAsked) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(
        central_.Command(Opcode::kReadRemoteVersion, Handle(link_.central)),
        HciError::kSuccess);
    world_.RunFor(milliseconds(100));
    const auto event = central_.Take(EventCode::kReadRemoteVersionComplete);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->parameters[3], 8);  // 4.2
  }
}

TEST_F(LinkControlTest, CentralUpdatesTheParametersOfBothEnds) {
  EXPECT_EQ(central_.Command(Opcode::kLeConnectionUpdate,
                             NewParameters(link_.central)),
            HciError::kSuccess);
  world_.RunFor(seconds(1));
  ExpectNewParameters(central_);
  ExpectNewParameters(peripheral_);
}

TEST_F(LinkControlTest, UpdateTakesEffectSixEventsLater) {
  const Time before = world_.now();
  central_.Command(Opcode::kLeConnectionUpdate, NewParameters(link_.central));
  ASSERT_TRUE(world_.RunUntil(
      [&] { return peripheral_.Has(LeSubevent::kConnectionUpdateComplete); }));
  EXPECT_GE(world_.now() - before, std::chrono::microseconds(6 * 7500));
  EXPECT_LE(world_.now() - before, std::chrono::microseconds(7 * 7500));
}

TEST_F(LinkControlTest, DataMovesByTheNewInterval) {
  central_.Command(Opcode::kLeConnectionUpdate, NewParameters(link_.central));
  world_.RunFor(seconds(1));
  central_.SendAcl(link_.central, Bytes{1});
  ASSERT_TRUE(world_.RunUntil([&] { return peripheral_.HasData(); }));
  const Time at_event = world_.now();
  peripheral_.TakeData();
  central_.SendAcl(link_.central, Bytes{1});
  ASSERT_TRUE(world_.RunUntil([&] { return peripheral_.HasData(); }));
  EXPECT_EQ(world_.now() - at_event, milliseconds(30));
}

TEST_F(LinkControlTest, PeripheralAsksTheHostOfTheCentral) {
  peripheral_.Command(Opcode::kLeConnectionUpdate,
                      NewParameters(link_.peripheral));
  world_.RunFor(milliseconds(100));
  const auto request =
      central_.Take(LeSubevent::kRemoteConnectionParameterRequest);
  ASSERT_TRUE(request);
  EXPECT_FALSE(central_.Has(LeSubevent::kConnectionUpdateComplete));
  EXPECT_EQ(central_.Command(Opcode::kLeRemoteConnectionParameterReply,
                             NewParameters(link_.central)),
            HciError::kSuccess);
  world_.RunFor(seconds(1));
  ExpectNewParameters(central_);
  ExpectNewParameters(peripheral_);
}

TEST_F(LinkControlTest, PeripheralLearnsThatTheCentralRefused) {
  peripheral_.Command(Opcode::kLeConnectionUpdate,
                      NewParameters(link_.peripheral));
  world_.RunFor(milliseconds(100));
  constexpr auto kReason = HciError::kUnacceptableConnectionParameters;
  EXPECT_EQ(central_.Command(Opcode::kLeRemoteConnectionParameterNegativeReply,
                             Writer()
                                 .U16(link_.central)
                                 .U8(static_cast<uint8_t>(kReason))
                                 .bytes()),
            HciError::kSuccess);
  world_.RunFor(milliseconds(100));
  const auto updated = TakeUpdate(peripheral_);
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->status, kReason);
  EXPECT_EQ(updated->interval, 6);
}

TEST_F(LinkControlTest, PeripheralLearnsThatTheCentralDoesNotKnowHow) {
  SimHost old(world_, {.public_address = PublicAddress(3),
                       .connection_parameters_request = false});
  SimHost peripheral(world_, {.public_address = PublicAddress(4)});
  const SimLink link = MakeLink(world_, old, peripheral, PublicAddress(4));
  peripheral.Command(Opcode::kLeConnectionUpdate,
                     NewParameters(link.peripheral));
  world_.RunFor(milliseconds(100));
  const auto updated = TakeUpdate(peripheral);
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->status, HciError::kUnsupportedRemoteFeature);
}

TEST_F(LinkControlTest, MaskedRequestOfThePeripheralIsRefused) {
  central_.Command(
      Opcode::kLeSetEventMask,
      Writer().U64(~hci::kLeMaskRemoteConnectionParameterRequest).bytes());
  peripheral_.Command(Opcode::kLeConnectionUpdate,
                      NewParameters(link_.peripheral));
  world_.RunFor(milliseconds(100));
  const auto updated = TakeUpdate(peripheral_);
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->status, HciError::kUnsupportedRemoteFeature);
}

TEST_F(LinkControlTest, RequestThatIsNeverAnsweredEndsTheLink) {
  peripheral_.Command(Opcode::kLeConnectionUpdate,
                      NewParameters(link_.peripheral));
  world_.RunFor(seconds(41));
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason,
            HciError::kLinkLayerResponseTimeout);
}

TEST_F(LinkControlTest, OldPeripheralCannotAskForParameters) {
  SimHost old(world_, {.public_address = PublicAddress(3),
                       .connection_parameters_request = false});
  SimHost central(world_, {.public_address = PublicAddress(4)});
  const SimLink link = MakeLink(world_, central, old, PublicAddress(3));
  EXPECT_EQ(
      old.Command(Opcode::kLeConnectionUpdate, NewParameters(link.peripheral)),
      HciError::kUnsupportedRemoteFeature);
}

TEST_F(LinkControlTest, ReadsWhatBelongsToTheLink) {
  EXPECT_EQ(central_.Command(Opcode::kReadRssi, Handle(link_.central)),
            HciError::kSuccess);
  EXPECT_EQ(static_cast<int8_t>(central_.return_parameters().back()), -50);
  EXPECT_EQ(central_.Command(Opcode::kLeReadChannelMap, Handle(link_.central)),
            HciError::kSuccess);
  EXPECT_EQ(central_.return_parameters().size(), 2u + 5u);
  EXPECT_EQ(central_.Command(Opcode::kReadTransmitPowerLevel,
                             Writer().U16(link_.central).U8(0).bytes()),
            HciError::kSuccess);
}

TEST_F(LinkControlTest, RefusesAReplyThatNobodyAskedFor) {
  EXPECT_EQ(central_.Command(Opcode::kLeRemoteConnectionParameterReply,
                             NewParameters(link_.central)),
            HciError::kCommandDisallowed);
}

TEST_F(LinkControlTest, RefusesASecondUpdateWhileOneGoesOn) {
  central_.Command(Opcode::kLeConnectionUpdate, NewParameters(link_.central));
  EXPECT_EQ(central_.Command(Opcode::kLeConnectionUpdate,
                             NewParameters(link_.central)),
            HciError::kCommandDisallowed);
}

TEST_F(LinkControlTest, LongerDataIsAgreedOnByBothEnds) {
  EXPECT_EQ(
      central_.Command(Opcode::kLeSetDataLength,
                       Writer().U16(link_.central).U16(251).U16(2120).bytes()),
      HciError::kSuccess);
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(TakeTxOctets(central_), 251);
  EXPECT_EQ(TakeTxOctets(peripheral_), 27);
  central_.SendAcl(link_.central, Bytes(100));
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(peripheral_.TakeData().size(), 1u);
}

TEST_F(LinkControlTest, SuggestedDataLengthIsUsedOnNewLinks) {
  SimHost eager(world_, {.public_address = PublicAddress(3)});
  eager.Command(Opcode::kLeWriteSuggestedDefaultDataLength,
                Writer().U16(200).U16(2120).bytes());
  SimHost peripheral(world_, {.public_address = PublicAddress(4)});
  MakeLink(world_, eager, peripheral, PublicAddress(4));
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(TakeTxOctets(eager), 200);
}

TEST_F(LinkControlTest, DataLengthStaysWithAPeerThatDoesNotKnowMore) {
  SimHost old(world_, {.public_address = PublicAddress(3),
                       .data_length_extension = false});
  SimHost central(world_, {.public_address = PublicAddress(4)});
  const SimLink link = MakeLink(world_, central, old, PublicAddress(3));
  central.Command(Opcode::kLeSetDataLength,
                  Writer().U16(link.central).U16(251).U16(2120).bytes());
  world_.RunFor(milliseconds(100));
  EXPECT_FALSE(TakeTxOctets(central));
  central.SendAcl(link.central, Bytes(100));
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(old.TakeData().size(), 4u);
}

TEST_F(LinkControlTest, ProceduresWaitForTheEndOfTheEncryptionProcedure) {
  central_.EnableEncryption(link_.central, KeyOf(1));
  world_.RunFor(milliseconds(100));
  peripheral_.Command(Opcode::kLeReadRemoteFeatures, Handle(link_.peripheral));
  world_.RunFor(seconds(1));
  EXPECT_FALSE(peripheral_.Has(LeSubevent::kReadRemoteFeaturesComplete));
  peripheral_.ReplyKey(link_.peripheral, KeyOf(1));
  world_.RunFor(milliseconds(200));
  EXPECT_EQ(central_.TakeEncryption()->status, HciError::kSuccess);
  EXPECT_TRUE(peripheral_.Has(LeSubevent::kReadRemoteFeaturesComplete));
}

TEST_F(LinkControlTest, AnswersARequestFromBeforeTheEncryptionAfterIt) {
  // Both ends begin at the same connection event.
  peripheral_.Command(Opcode::kLeReadRemoteFeatures, Handle(link_.peripheral));
  central_.EnableEncryption(link_.central, KeyOf(1));
  world_.RunFor(milliseconds(100));
  peripheral_.ReplyKey(link_.peripheral, KeyOf(1));
  world_.RunFor(milliseconds(200));
  EXPECT_EQ(peripheral_.TakeEncryption()->status, HciError::kSuccess);
  EXPECT_TRUE(peripheral_.Has(LeSubevent::kReadRemoteFeaturesComplete));
  EXPECT_FALSE(central_.Has(EventCode::kDisconnectionComplete));
}

}  // namespace
}  // namespace bondd::test
