#include "hci/event_packet.h"

#include <gtest/gtest.h>

#include "tests/hci/packets.h"

namespace bondd::hci::testing {
namespace {

constexpr uint16_t kHandle = 0x0040;

// Behind the event header and the subevent code.
ByteView LeParameters(const Bytes& event) { return ByteView(event).subspan(3); }
ByteView Parameters(const Bytes& event) { return ByteView(event).subspan(2); }

DeviceAddress PrivateAddress(uint8_t octet) {
  return {AddressType::kRandom, {octet, 2, 3, 4, 5, 0x46}};
}

TEST(EventPacket, NeedsItsLengthToBeTrue) {
  Bytes event = HardwareErrorEvent(1);
  EXPECT_TRUE(ParseEventPacket(event).has_value());
  event.push_back(0);
  EXPECT_FALSE(ParseEventPacket(event).has_value());
  event.resize(2);
  EXPECT_FALSE(ParseEventPacket(event).has_value());
  EXPECT_FALSE(ParseEventPacket({}).has_value());
}

TEST(EventPacket, TakesConnectionCompleteApart) {
  const Bytes event =
      ConnectionCompleteEvent(kHandle, Role::kPeripheral, OtherPeerAddress());
  const auto parsed = ParseConnectionComplete(LeSubevent::kConnectionComplete,
                                              LeParameters(event));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->handle, kHandle);
  EXPECT_EQ(parsed->role, Role::kPeripheral);
  EXPECT_EQ(parsed->peer, OtherPeerAddress());
  EXPECT_EQ(parsed->local_private, std::nullopt);
}

TEST(EventPacket, PrefersTheAddressesThatWereOnTheAir) {
  const Bytes event =
      EnhancedConnectionCompleteEvent(kHandle, Role::kCentral, PeerAddress(),
                                      PrivateAddress(1), PrivateAddress(2));
  const auto parsed = ParseConnectionComplete(
      LeSubevent::kEnhancedConnectionComplete, LeParameters(event));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->peer, PrivateAddress(2));
  EXPECT_EQ(parsed->local_private, PrivateAddress(1));
}

TEST(EventPacket, TakesPrivateAddressesOfZerosForNone) {
  const Bytes event = EnhancedConnectionCompleteEvent(kHandle, Role::kCentral,
                                                      PeerAddress(), {}, {});
  const auto parsed = ParseConnectionComplete(
      LeSubevent::kEnhancedConnectionComplete, LeParameters(event));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->peer, PeerAddress());
  EXPECT_EQ(parsed->local_private, std::nullopt);
}

TEST(EventPacket, ReadsNothingButTheStatusOfAFailedConnection) {
  const Bytes event = ConnectionFailedEvent(0x3E);
  const auto parsed = ParseConnectionComplete(LeSubevent::kConnectionComplete,
                                              LeParameters(event));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->status, 0x3E);
}

TEST(EventPacket, RefusesAConnectionWithValuesThatCantBe) {
  const Bytes good =
      ConnectionCompleteEvent(kHandle, Role::kCentral, PeerAddress());
  const auto parse = [](const Bytes& event) {
    return ParseConnectionComplete(LeSubevent::kConnectionComplete,
                                   LeParameters(event));
  };
  constexpr size_t kHandleAt = 4;
  constexpr size_t kRoleAt = 6;
  constexpr size_t kAddressTypeAt = 7;
  ASSERT_TRUE(parse(good).has_value());
  Bytes handle = good;
  handle[kHandleAt + 1] = 0x0F;
  EXPECT_FALSE(parse(handle).has_value());
  Bytes role = good;
  role[kRoleAt] = 2;
  EXPECT_FALSE(parse(role).has_value());
  Bytes address_type = good;
  address_type[kAddressTypeAt] = 4;
  EXPECT_FALSE(parse(address_type).has_value());
}

TEST(EventPacket, RefusesEventsCutShortAnywhere) {
  const auto expect_refusal = [](const Bytes& event, size_t from,
                                 const auto& parse) {
    for (size_t length = from; length < event.size(); ++length) {
      EXPECT_FALSE(
          parse(ByteView(event).subspan(from, length - from)).has_value())
          << length;
    }
    EXPECT_TRUE(parse(ByteView(event).subspan(from)).has_value());
  };
  expect_refusal(DisconnectionCompleteEvent(kHandle, 0x13), 2,
                 ParseDisconnectionComplete);
  expect_refusal(EncryptionChangeEvent(kHandle, 0, true), 2,
                 ParseEncryptionChange);
  expect_refusal(KeyRefreshCompleteEvent(kHandle, 0), 2,
                 ParseEncryptionKeyRefreshComplete);
  expect_refusal(LongTermKeyRequestEvent(kHandle, 1, 2), 3,
                 ParseLongTermKeyRequest);
  expect_refusal(ParameterRequestEvent(kHandle, SlowParameters()), 3,
                 ParseRemoteConnectionParameterRequest);
}

TEST(EventPacket, TakesCompletedPacketsOfSeveralLinks) {
  const Bytes parameters =
      Writer().U8(2).U16(0x40).U16(3).U16(0x41).U16(1).Finish();
  const auto completed = ParseNumberOfCompletedPackets(parameters);
  ASSERT_EQ(completed.size(), 2u);
  EXPECT_EQ(completed[0].handle, 0x40);
  EXPECT_EQ(completed[0].count, 3);
  EXPECT_EQ(completed[1].handle, 0x41);
  EXPECT_EQ(completed[1].count, 1);
}

TEST(EventPacket, TakesCompletedPacketsUpToWhereTheyAreCutShort) {
  const Bytes parameters = Writer().U8(9).U16(0x40).U16(3).U16(0x41).Finish();
  EXPECT_EQ(ParseNumberOfCompletedPackets(parameters).size(), 1u);
  EXPECT_TRUE(ParseNumberOfCompletedPackets({}).empty());
}

TEST(EventPacket, TakesAdvertisingReportsUpToWhereTheyAreCutShort) {
  Bytes event = AdvertisingReportEvent(PeerAddress(), Bytes{1, 2, 3}, -70);
  const auto reports = ParseAdvertisingReports(LeParameters(event));
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].address, PeerAddress());
  EXPECT_EQ(reports[0].data, (Bytes{1, 2, 3}));
  EXPECT_EQ(reports[0].rssi, -70);
  event.pop_back();
  EXPECT_TRUE(ParseAdvertisingReports(LeParameters(event)).empty());
}

TEST(EventPacket, PassesOverAdvertisingReportsThatCantBe) {
  const Bytes too_long = AdvertisingReportEvent(PeerAddress(), Bytes(32), 0);
  EXPECT_TRUE(ParseAdvertisingReports(LeParameters(too_long)).empty());
  Bytes odd_address = AdvertisingReportEvent(PeerAddress(), {}, 0);
  constexpr size_t kAddressTypeAt = 5;
  odd_address[kAddressTypeAt] = 0xFE;
  EXPECT_TRUE(ParseAdvertisingReports(LeParameters(odd_address)).empty());
}

TEST(EventPacket, IgnoresTheReservedBitsOfAHandle) {
  const Bytes event = DisconnectionCompleteEvent(0xF040, 0x13);
  EXPECT_EQ(ParseDisconnectionComplete(Parameters(event))->handle, 0x0040);
}

}  // namespace
}  // namespace bondd::hci::testing
