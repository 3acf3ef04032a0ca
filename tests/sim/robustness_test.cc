// Hosts that send anything at all: nothing they do may crash a controller, stop
// time, or make it grow.

#include <gtest/gtest.h>

#include <random>

#include "tests/support/sim_host.h"

namespace bondd::test {
namespace {

using hci::Opcode;
using hci::PacketType;
using std::chrono::milliseconds;

// The commands that are worth more than a chance hit.
constexpr Opcode kOpcodes[] = {
    Opcode::kDisconnect,
    Opcode::kReadRemoteVersion,
    Opcode::kSetEventMask,
    Opcode::kReset,
    Opcode::kReadLocalSupportedCommands,
    Opcode::kLeSetEventMask,
    Opcode::kLeSetRandomAddress,
    Opcode::kLeSetAdvertisingParameters,
    Opcode::kLeSetAdvertisingData,
    Opcode::kLeSetAdvertisingEnable,
    Opcode::kLeSetScanParameters,
    Opcode::kLeSetScanEnable,
    Opcode::kLeCreateConnection,
    Opcode::kLeCreateConnectionCancel,
    Opcode::kLeAddToFilterAcceptList,
    Opcode::kLeConnectionUpdate,
    Opcode::kLeReadRemoteFeatures,
    Opcode::kLeEnableEncryption,
    Opcode::kLeLongTermKeyRequestReply,
    Opcode::kLeLongTermKeyRequestNegativeReply,
    Opcode::kLeRemoteConnectionParameterReply,
    Opcode::kLeRemoteConnectionParameterNegativeReply,
    Opcode::kLeSetDataLength,
    Opcode::kLeWriteSuggestedDefaultDataLength,
};

class RobustnessTest : public testing::TestWithParam<uint32_t> {
 protected:
  uint32_t Below(uint32_t limit) { return random_() % limit; }

  // Small numbers often, so that handles, lengths and enables are hit.
  uint8_t AnyOctet() {
    constexpr std::array<uint8_t, 8> kLikely = {0, 0, 1, 1, 2, 6, 0x10, 0x40};
    return Below(3) == 0 ? static_cast<uint8_t>(random_())
                         : kLikely[Below(kLikely.size())];
  }
  Bytes AnyOctets(size_t count) {
    Bytes octets(count);
    for (uint8_t& octet : octets) octet = AnyOctet();
    return octets;
  }

  void SendAnything(SimHost& host) {
    switch (Below(4)) {
      case 0:
        host.SendAcl(static_cast<uint16_t>(0x40 + Below(2)),
                     AnyOctets(Below(300)), Below(2) == 0);
        return;
      case 1: {
        const auto type = static_cast<PacketType>(1 + Below(5));
        EXPECT_TRUE(host.controller().Write(type, AnyOctets(Below(40))));
        return;
      }
      default: {
        constexpr std::array<size_t, 8> kLengths = {0,  2,  3,  14,
                                                    15, 18, 25, 28};
        host.Write(kOpcodes[Below(std::size(kOpcodes))],
                   AnyOctets(kLengths[Below(kLengths.size())]));
      }
    }
  }

  // What would be noise if everything were left to chance.
  void SendSense(SimHost& host, const DeviceAddress& peer) {
    constexpr uint16_t kHandle = 0x40;
    switch (Below(6)) {
      case 0:
        host.Advertise();
        return;
      case 1:
        host.Connect(peer);
        return;
      case 2:
        host.EnableEncryption(kHandle, KeyOf(static_cast<uint8_t>(Below(2))));
        return;
      case 3:
        host.ReplyKey(kHandle, KeyOf(static_cast<uint8_t>(Below(2))));
        return;
      case 4:
        host.SendAcl(kHandle, AnyOctets(1 + Below(60)));
        return;
      default:
        host.Scan({.active = true});
    }
  }

  std::minstd_rand random_{GetParam()};
};

TEST_P(RobustnessTest, ControllersAnswerAfterWhateverTheirHostsSent) {
  SimWorld world;
  SimHost one(world, {.public_address = PublicAddress(1)});
  SimHost two(world, {.public_address = PublicAddress(2)});
  for (int step = 0; step < 3000; ++step) {
    SimHost& host = Below(2) == 0 ? one : two;
    if (Below(3) == 0) {
      SendSense(host, PublicAddress(&host == &one ? 2 : 1));
    } else {
      SendAnything(host);
    }
    if (Below(4) == 0) world.RunFor(milliseconds(Below(40)));
    if (Below(100) == 0) {
      host.SetUp();
      world.RunFor(std::chrono::seconds(1));
    }
    one.Forget();
    two.Forget();
  }
  for (SimHost* host : {&one, &two}) {
    EXPECT_FALSE(host->lost());
    EXPECT_EQ(host->Command(Opcode::kReset), hci::HciError::kSuccess);
  }
  // Nothing is left that time would bring.
  world.RunFor(std::chrono::seconds(60));
  EXPECT_FALSE(world.air().Deadline());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RobustnessTest, testing::Range(1u, 21u));

TEST(RobustnessTest, WritesBeyondAllCreditsAreRefused) {
  SimWorld world;
  SimHost host(world);
  Result<void> written;
  int count = 0;
  for (; written && count < 10000; ++count) {
    written = host.controller().Write(PacketType::kCommand, Bytes(3));
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kLimit);
  EXPECT_LT(count, 1000);
  EXPECT_FALSE(host.controller().CanTake());
  world.Settle();
  EXPECT_TRUE(host.controller().CanTake());
}

}  // namespace
}  // namespace bondd::test
