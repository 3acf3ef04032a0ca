// Advertising and scanning: who hears what, how often.

#include <gtest/gtest.h>

#include "tests/sim/advertising_types.h"
#include "tests/support/sim_host.h"

namespace bondd::test {
namespace {

using hci::HciError;
using hci::Opcode;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Bytes kData = {2, 1, 6};
const Bytes kName = {3, 9, 'b', 'd'};

class AdvertisingTest : public testing::Test {
 protected:
  std::vector<ReportEvent> HeardFor(Duration duration) {
    scanner_.Forget();
    world_.RunFor(duration);
    return scanner_.TakeReports();
  }

  SimWorld world_;
  SimHost advertiser_{world_, {.public_address = PublicAddress(1)}};
  SimHost scanner_{world_, {.public_address = PublicAddress(2)}};
};

TEST_F(AdvertisingTest, IsReportedEachInterval) {
  advertiser_.Advertise({.interval = milliseconds(100), .data = kData});
  scanner_.Scan();
  const auto reports = HeardFor(seconds(10));
  // The interval is lengthened by up to 10 ms each time.
  EXPECT_GE(reports.size(), 90u);
  EXPECT_LE(reports.size(), 100u);
  for (const ReportEvent& report : reports) {
    EXPECT_EQ(report.event_type, kAdvInd);
    EXPECT_EQ(report.address, PublicAddress(1));
    EXPECT_EQ(report.data, kData);
  }
}

TEST_F(AdvertisingTest, IsReportedOnceWhenDuplicatesAreFiltered) {
  advertiser_.Advertise();
  scanner_.Scan({.filter_duplicates = true});
  EXPECT_EQ(HeardFor(seconds(10)).size(), 1u);
  scanner_.Scan({.filter_duplicates = true});
  scanner_.StopScan();
  scanner_.Scan({.filter_duplicates = true});
  EXPECT_EQ(HeardFor(seconds(10)).size(), 1u);
}

TEST_F(AdvertisingTest, GivesTheScanResponseToAnActiveScannerOnly) {
  advertiser_.Advertise({.data = kData, .scan_response = kName});
  scanner_.Scan();
  for (const ReportEvent& report : HeardFor(seconds(1))) {
    EXPECT_NE(report.event_type, kScanRsp);
  }
  scanner_.StopScan();
  scanner_.Scan({.active = true});
  const auto reports = HeardFor(seconds(1));
  ASSERT_GE(reports.size(), 2u);
  EXPECT_EQ(reports[0].event_type, kAdvInd);
  EXPECT_EQ(reports[1].event_type, kScanRsp);
  EXPECT_EQ(reports[1].data, kName);
}

TEST_F(AdvertisingTest, NonConnectableAdvertisingHasNoScanResponse) {
  advertiser_.Advertise({.type = kNonConnInd, .scan_response = kName});
  scanner_.Scan({.active = true});
  const auto reports = HeardFor(seconds(1));
  ASSERT_FALSE(reports.empty());
  for (const ReportEvent& report : reports) {
    EXPECT_EQ(report.event_type, kNonConnInd);
  }
}

TEST_F(AdvertisingTest, ScannableAdvertisingHasOne) {
  advertiser_.Advertise({.type = kScanInd, .scan_response = kName});
  scanner_.Scan({.active = true});
  const auto reports = HeardFor(seconds(1));
  ASSERT_GE(reports.size(), 2u);
  EXPECT_EQ(reports[0].event_type, kScanInd);
  EXPECT_EQ(reports[1].event_type, kScanRsp);
}

TEST_F(AdvertisingTest, DirectedAdvertisingIsHeardByItsTargetOnly) {
  SimHost other(world_, {.public_address = PublicAddress(3)});
  other.Scan();
  scanner_.Scan();
  advertiser_.Advertise(
      {.type = kLowDutyDirect, .target = PublicAddress(2), .data = kData});
  const auto reports = HeardFor(seconds(1));
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].event_type, kDirectInd);
  EXPECT_TRUE(reports[0].data.empty());
  EXPECT_TRUE(other.TakeReports().empty());
}

TEST_F(AdvertisingTest, HighDutyDirectedAdvertisingEndsByItself) {
  advertiser_.Advertise({.type = kDirectInd, .target = PublicAddress(2)});
  world_.RunFor(milliseconds(1279));
  EXPECT_FALSE(advertiser_.TakeConnection());
  world_.RunFor(milliseconds(1));
  const auto ended = advertiser_.TakeConnection();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status, HciError::kAdvertisingTimeout);
  scanner_.Scan();
  EXPECT_TRUE(HeardFor(seconds(1)).empty());
}

TEST_F(AdvertisingTest, IsHeardOnlyWhileTheWindowIsOpen) {
  advertiser_.Advertise({.interval = milliseconds(20)});
  scanner_.Scan({.interval = milliseconds(100), .window = milliseconds(10)});
  const size_t few = HeardFor(seconds(20)).size();
  scanner_.StopScan();
  scanner_.Scan();
  const size_t all = HeardFor(seconds(20)).size();
  EXPECT_GT(few, 0u);
  EXPECT_LT(few * 5, all);
}

TEST_F(AdvertisingTest, IsNotHeardAfterItStopped) {
  scanner_.Scan();
  advertiser_.Advertise();
  EXPECT_FALSE(HeardFor(seconds(1)).empty());
  advertiser_.StopAdvertising();
  EXPECT_TRUE(HeardFor(seconds(1)).empty());
}

TEST_F(AdvertisingTest, IsNotHeardOnAnotherAir) {
  SimWorld other_world;
  SimHost other(other_world, {.public_address = PublicAddress(2)});
  other.Scan();
  advertiser_.Advertise();
  world_.RunFor(seconds(1));
  other_world.RunFor(seconds(1));
  EXPECT_TRUE(other.TakeReports().empty());
}

TEST_F(AdvertisingTest, UsesTheRandomAddressWhenToldSo) {
  advertiser_.SetRandomAddress(StaticAddress(9));
  advertiser_.Advertise({.own_address_type = hci::kAddressTypeRandom});
  scanner_.Scan();
  const auto reports = HeardFor(seconds(1));
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].address, StaticAddress(9));
}

TEST_F(AdvertisingTest, RefusesARandomAddressThatWasNotSet) {
  EXPECT_EQ(
      advertiser_.Advertise({.own_address_type = hci::kAddressTypeRandom}),
      HciError::kInvalidParameters);
  EXPECT_EQ(scanner_.Scan({.own_address_type = hci::kAddressTypeRandom}),
            HciError::kInvalidParameters);
}

TEST_F(AdvertisingTest, RefusesAPublicAddressThatIsNotThere) {
  SimHost nameless(world_);
  EXPECT_EQ(nameless.Advertise(), HciError::kInvalidParameters);
}

TEST_F(AdvertisingTest, RefusesANewRandomAddressWhileItIsInUse) {
  advertiser_.SetRandomAddress(StaticAddress(9));
  advertiser_.Advertise();
  EXPECT_EQ(advertiser_.SetRandomAddress(StaticAddress(8)),
            HciError::kCommandDisallowed);
  advertiser_.StopAdvertising();
  EXPECT_EQ(advertiser_.SetRandomAddress(StaticAddress(8)), HciError::kSuccess);
  scanner_.Scan();
  EXPECT_EQ(scanner_.SetRandomAddress(StaticAddress(8)),
            HciError::kCommandDisallowed);
}

TEST_F(AdvertisingTest, RefusesNewParametersWhileEnabled) {
  advertiser_.Advertise();
  EXPECT_EQ(advertiser_.Advertise(), HciError::kCommandDisallowed);
  scanner_.Scan();
  EXPECT_EQ(scanner_.Scan(), HciError::kCommandDisallowed);
}

TEST_F(AdvertisingTest, RefusesIntervalsOutOfRange) {
  EXPECT_EQ(advertiser_.Advertise({.interval = milliseconds(19)}),
            HciError::kInvalidParameters);
  EXPECT_EQ(
      scanner_.Scan({.interval = milliseconds(10), .window = milliseconds(20)}),
      HciError::kInvalidParameters);
}

TEST_F(AdvertisingTest, AcceptListRestrictsTheScanner) {
  SimHost other(world_, {.public_address = PublicAddress(3)});
  advertiser_.Advertise();
  other.Advertise();
  scanner_.AcceptOnly(PublicAddress(3));
  scanner_.Scan({.filter_policy = 1});
  const auto reports = HeardFor(seconds(1));
  ASSERT_FALSE(reports.empty());
  for (const ReportEvent& report : reports) {
    EXPECT_EQ(report.address, PublicAddress(3));
  }
}

TEST_F(AdvertisingTest, AcceptListRestrictsScanRequests) {
  advertiser_.AcceptOnly(PublicAddress(3));
  advertiser_.Advertise({.filter_policy = 1, .scan_response = kName});
  scanner_.Scan({.active = true});
  const auto reports = HeardFor(seconds(1));
  ASSERT_FALSE(reports.empty());
  for (const ReportEvent& report : reports) {
    EXPECT_EQ(report.event_type, kAdvInd);
  }
}

TEST_F(AdvertisingTest, AcceptListIsNotChangedWhileItIsUsed) {
  scanner_.AcceptOnly(PublicAddress(3));
  scanner_.Scan({.filter_policy = 1});
  EXPECT_EQ(scanner_.Command(Opcode::kLeClearFilterAcceptList),
            HciError::kCommandDisallowed);
  EXPECT_EQ(scanner_.AcceptOnly(PublicAddress(4)),
            HciError::kCommandDisallowed);
}

TEST_F(AdvertisingTest, AcceptListHasItsSize) {
  SimHost host(world_, {.filter_accept_list_size = 1});
  EXPECT_EQ(host.AcceptOnly(PublicAddress(3)), HciError::kSuccess);
  EXPECT_EQ(
      host.Command(Opcode::kLeAddToFilterAcceptList,
                   Writer().U8(0).Append(PublicAddress(4).octets).bytes()),
      HciError::kMemoryCapacityExceeded);
}

TEST_F(AdvertisingTest, AcceptListForgetsWhoIsRemoved) {
  advertiser_.Advertise();
  scanner_.AcceptOnly(PublicAddress(1));
  EXPECT_EQ(
      scanner_.Command(Opcode::kLeRemoveFromFilterAcceptList,
                       Writer().U8(0).Append(PublicAddress(1).octets).bytes()),
      HciError::kSuccess);
  scanner_.Scan({.filter_policy = 1});
  EXPECT_TRUE(HeardFor(seconds(1)).empty());
}

TEST_F(AdvertisingTest, StatesThatDoNotCombineAreRefused) {
  constexpr uint64_t kOneAtATime = 0xFF;
  SimHost host(world_, {.public_address = PublicAddress(3),
                        .supported_states = kOneAtATime});
  EXPECT_EQ(host.Advertise(), HciError::kSuccess);
  EXPECT_EQ(host.Scan(), HciError::kCommandDisallowed);
  EXPECT_EQ(host.Connect(PublicAddress(1)), HciError::kCommandDisallowed);
  host.StopAdvertising();
  EXPECT_EQ(host.Scan(), HciError::kSuccess);
  EXPECT_EQ(host.Advertise(), HciError::kCommandDisallowed);
}

TEST_F(AdvertisingTest, HostThatNeverReadsLosesReportsAndNothingElse) {
  const auto idle = world_.air().AddController(
      {.public_address = PublicAddress(4)}, world_.now());
  const auto write = [&](Opcode opcode, ByteView parameters) {
    ASSERT_TRUE(idle->Write(hci::PacketType::kCommand,
                            Writer()
                                .U16(static_cast<uint16_t>(opcode))
                                .U8(static_cast<uint8_t>(parameters.size()))
                                .Append(parameters)
                                .bytes()));
  };
  write(Opcode::kSetEventMask, Bytes(8, 0xFF));
  write(Opcode::kLeSetScanEnable, Bytes{1, 0});
  advertiser_.Advertise({.interval = milliseconds(20)});
  world_.RunFor(seconds(60));
  size_t unread = 0;
  while (*idle->Read()) ++unread;
  EXPECT_GT(unread, 100u);
  EXPECT_LT(unread, 1000u);
  write(Opcode::kLeRand, {});
  world_.Settle();
  EXPECT_TRUE(*idle->Read());
}

}  // namespace
}  // namespace bondd::test
