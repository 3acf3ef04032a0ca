// What a host learns and sets before it goes on the air.

#include <gtest/gtest.h>

#include "tests/support/sim_host.h"

namespace bondd::test {
namespace {

using hci::EventCode;
using hci::HciError;
using hci::LeSubevent;
using hci::Opcode;

bool Reports(SimHost& host, size_t octet, unsigned bit) {
  host.Command(Opcode::kReadLocalSupportedCommands);
  const Bytes& commands = host.return_parameters();
  return octet < commands.size() && (commands[octet] >> bit & 1) != 0;
}

TEST(LocalCommandsTest, IsAnLeOnlyControllerByDefault) {
  SimWorld world;
  SimHost host(world);
  host.Command(Opcode::kReadLocalSupportedFeatures);
  const uint64_t features = Reader(host.return_parameters()).U64();
  EXPECT_TRUE(features & hci::kLmpLeSupported);
  EXPECT_TRUE(features & hci::kLmpBrEdrNotSupported);
  EXPECT_EQ(host.Command(Opcode::kWriteLeHostSupport, Bytes{1, 0}),
            HciError::kUnknownCommand);
}

TEST(LocalCommandsTest, DualModeWantsLeHostSupport) {
  SimWorld world;
  SimHost host(world, {.dual_mode = true});
  host.Command(Opcode::kReadLocalSupportedFeatures);
  const uint64_t features = Reader(host.return_parameters()).U64();
  EXPECT_FALSE(features & hci::kLmpBrEdrNotSupported);
  EXPECT_EQ(host.Command(Opcode::kWriteLeHostSupport, Bytes{1, 0}),
            HciError::kSuccess);
  host.Command(Opcode::kReadLeHostSupport);
  EXPECT_EQ(host.return_parameters()[0], 1);
  constexpr uint8_t kHostFeatures = 1;
  host.Command(Opcode::kReadLocalExtendedFeatures, Bytes{kHostFeatures});
  Reader reader(host.return_parameters());
  EXPECT_EQ(reader.U8(), kHostFeatures);
  reader.U8();
  EXPECT_EQ(reader.U64(), hci::Bit(1));
}

TEST(LocalCommandsTest, ReadsItsPublicAddress) {
  SimWorld world;
  SimHost host(world, {.public_address = PublicAddress(7)});
  EXPECT_EQ(host.Command(Opcode::kReadBdAddr), HciError::kSuccess);
  EXPECT_EQ(Reader(host.return_parameters()).Array<6>(),
            PublicAddress(7).octets);
}

TEST(LocalCommandsTest, ReadsZerosWithoutAPublicAddress) {
  SimWorld world;
  SimHost host(world);
  host.Command(Opcode::kReadBdAddr);
  EXPECT_EQ(host.return_parameters(), Bytes(6));
}

TEST(LocalCommandsTest, ReportsItsBuffers) {
  SimWorld world;
  SimHost host(world, {.acl_data_length = 27, .acl_data_packets = 3});
  host.Command(Opcode::kLeReadBufferSize);
  Reader reader(host.return_parameters());
  EXPECT_EQ(reader.U16(), 27);
  EXPECT_EQ(reader.U8(), 3);
  EXPECT_TRUE(reader.complete());
}

TEST(LocalCommandsTest, SharesTheBuffersOfBrEdrWhenToldSo) {
  SimWorld world;
  SimHost host(world, {.dual_mode = true,
                       .acl_data_length = 27,
                       .acl_data_packets = 3,
                       .separate_le_buffers = false});
  host.Command(Opcode::kLeReadBufferSize);
  EXPECT_EQ(host.return_parameters(), Bytes(3));
  host.Command(Opcode::kReadBufferSize);
  Reader reader(host.return_parameters());
  EXPECT_EQ(reader.U16(), 27);
  reader.U8();
  EXPECT_EQ(reader.U16(), 3);
}

TEST(LocalCommandsTest, AnswersUnknownCommandsWithThatError) {
  SimWorld world;
  SimHost host(world);
  EXPECT_EQ(host.Command(static_cast<Opcode>(0x2036)),
            HciError::kUnknownCommand);
  EXPECT_EQ(host.Command(static_cast<Opcode>(0xFC01)),
            HciError::kUnknownCommand);
}

TEST(LocalCommandsTest, DoesNotReportCommandsThatItMisses) {
  constexpr size_t kLeRandOctet = 27;
  constexpr unsigned kLeRandBit = 7;
  SimWorld world;
  SimHost with(world);
  SimHost without(world, {.missing_commands = {Opcode::kLeRand}});
  EXPECT_TRUE(Reports(with, kLeRandOctet, kLeRandBit));
  EXPECT_FALSE(Reports(without, kLeRandOctet, kLeRandBit));
  EXPECT_EQ(with.Command(Opcode::kLeRand), HciError::kSuccess);
  EXPECT_EQ(without.Command(Opcode::kLeRand), HciError::kUnknownCommand);
}

TEST(LocalCommandsTest, ReturnsItsCommandCredits) {
  SimWorld world;
  SimHost one(world);
  SimHost four(world, {.command_credits = 4});
  one.Command(Opcode::kLeRand);
  four.Command(Opcode::kLeRand);
  EXPECT_EQ(one.command_credits(), 1);
  EXPECT_EQ(four.command_credits(), 4);
}

TEST(LocalCommandsTest, RefusesParametersOfAnotherLength) {
  SimWorld world;
  SimHost host(world);
  EXPECT_EQ(host.Command(Opcode::kSetEventMask, Bytes(7)),
            HciError::kInvalidParameters);
  EXPECT_EQ(host.Command(Opcode::kLeSetRandomAddress, Bytes(7)),
            HciError::kInvalidParameters);
}

TEST(LocalCommandsTest, RefusesACommandThatIsShorterThanItSays) {
  SimWorld world;
  SimHost host(world);
  Writer packet;
  packet.U16(static_cast<uint16_t>(Opcode::kLeSetAdvertisingEnable)).U8(1);
  ASSERT_TRUE(
      host.controller().Write(hci::PacketType::kCommand, packet.bytes()));
  world.Settle();
  EXPECT_FALSE(host.lost());
  // It was one command and one answer; the next one is answered again.
  EXPECT_EQ(host.Command(Opcode::kLeRand), HciError::kSuccess);
}

TEST(LocalCommandsTest, EncryptsABlockAsTheSecurityFunctionE) {
  // FIPS-197, C.1, here least significant octet first.
  Bytes key;
  Bytes plaintext;
  for (int i = 15; i >= 0; --i) {
    key.push_back(static_cast<uint8_t>(i));
    plaintext.push_back(static_cast<uint8_t>(i * 0x11));
  }
  SimWorld world;
  SimHost host(world);
  host.Command(Opcode::kLeEncrypt,
               Writer().Append(key).Append(plaintext).bytes());
  EXPECT_EQ(ToHex(host.return_parameters()),
            "5ac5b47080b7cdd830047b6ad8e0c469");
}

TEST(LocalCommandsTest, SendsNoLeEventUntilTheEventMaskAllowsThem) {
  SimWorld world;
  SimHost advertiser(world, {.public_address = PublicAddress(1)});
  SimHost scanner(world, {.public_address = PublicAddress(2)});
  scanner.Command(Opcode::kReset);
  advertiser.Advertise();
  scanner.Scan();
  world.RunFor(std::chrono::seconds(1));
  EXPECT_TRUE(scanner.TakeReports().empty());
  constexpr uint64_t kLeMeta = hci::Bit(61);
  scanner.Command(Opcode::kSetEventMask, Writer().U64(kLeMeta).bytes());
  world.RunFor(std::chrono::seconds(1));
  EXPECT_FALSE(scanner.TakeReports().empty());
}

TEST(LocalCommandsTest, SendsNoLeEventThatTheLeEventMaskLeavesOut) {
  SimWorld world;
  SimHost advertiser(world, {.public_address = PublicAddress(1)});
  SimHost scanner(world, {.public_address = PublicAddress(2)});
  scanner.Command(Opcode::kLeSetEventMask,
                  Writer().U64(~hci::kLeMaskAdvertisingReport).bytes());
  advertiser.Advertise();
  scanner.Scan();
  world.RunFor(std::chrono::seconds(1));
  EXPECT_TRUE(scanner.TakeReports().empty());
}

TEST(LocalCommandsTest, ResetEndsAdvertisingAndForgetsTheRandomAddress) {
  SimWorld world;
  SimHost host(world);
  SimHost scanner(world, {.public_address = PublicAddress(2)});
  host.SetRandomAddress(StaticAddress(1));
  host.Advertise({.own_address_type = hci::kAddressTypeRandom});
  host.Command(Opcode::kReset);
  scanner.Scan();
  world.RunFor(std::chrono::seconds(1));
  EXPECT_TRUE(scanner.TakeReports().empty());
  EXPECT_EQ(host.Advertise({.own_address_type = hci::kAddressTypeRandom}),
            HciError::kInvalidParameters);
}

TEST(LocalCommandsTest, ResetEndsLinksWithoutAnEvent) {
  SimWorld world;
  SimHost central(world, {.public_address = PublicAddress(1)});
  SimHost peripheral(world, {.public_address = PublicAddress(2)});
  MakeLink(world, central, peripheral, PublicAddress(2));
  world.RunFor(std::chrono::seconds(1));
  central.SetUp();
  world.RunFor(std::chrono::seconds(1));
  EXPECT_FALSE(central.Has(EventCode::kDisconnectionComplete));
  EXPECT_EQ(peripheral.TakeDisconnection()->reason,
            HciError::kConnectionTimeout);
}

// The order of Linux 6.12 for an LE-only controller of this version.
TEST(LocalCommandsTest, TakesTheStartUpOfLinux) {
  SimWorld world;
  SimHost host(world, {.public_address = PublicAddress(1)});
  const auto succeeds = [&](Opcode opcode, const Bytes& parameters = {}) {
    EXPECT_EQ(host.Command(opcode, parameters), HciError::kSuccess)
        << static_cast<int>(opcode);
  };
  succeeds(Opcode::kReset);
  succeeds(Opcode::kReadLocalSupportedFeatures);
  succeeds(Opcode::kReadLocalVersion);
  succeeds(Opcode::kReadBdAddr);
  succeeds(Opcode::kReadLocalSupportedCommands);
  succeeds(Opcode::kLeReadLocalSupportedFeatures);
  succeeds(Opcode::kLeReadBufferSize);
  succeeds(Opcode::kLeReadSupportedStates);
  succeeds(Opcode::kSetEventMask, Bytes(8, 0xFF));
  succeeds(Opcode::kLeSetEventMask, Bytes(8, 0xFF));
  succeeds(Opcode::kLeReadAdvertisingTxPower);
  succeeds(Opcode::kLeReadFilterAcceptListSize);
  succeeds(Opcode::kLeClearFilterAcceptList);
  succeeds(Opcode::kLeReadMaximumDataLength);
  succeeds(Opcode::kLeReadSuggestedDefaultDataLength);
  succeeds(Opcode::kLeWriteSuggestedDefaultDataLength,
           Writer().U16(251).U16(2120).Finish());
  succeeds(Opcode::kLeSetRandomAddress, Bytes(6, 0xC1));
}

}  // namespace
}  // namespace bondd::test
