// The encryption procedure between two controllers, seen from their hosts.

#include <gtest/gtest.h>

#include "tests/support/sim_host.h"

namespace bondd::test {
namespace {

using hci::EventCode;
using hci::HciError;
using hci::LeSubevent;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Bytes kHello = {'h', 'e', 'l', 'l', 'o'};

sim::ControllerOptions WithAddress(uint8_t last) {
  return {.public_address = PublicAddress(last)};
}

class EncryptionTest : public testing::Test {
 protected:
  // Up to the Long Term Key Request.
  void AskForKey(const hci::LinkKey128& key) {
    ASSERT_EQ(central_.EnableEncryption(link_.central, key),
              HciError::kSuccess);
    ASSERT_TRUE(world_.RunUntil(
        [&] { return peripheral_.Has(LeSubevent::kLongTermKeyRequest); }));
    peripheral_.TakeKeyRequest();
  }

  void Encrypt(const hci::LinkKey128& key) {
    AskForKey(key);
    ASSERT_EQ(peripheral_.ReplyKey(link_.peripheral, key), HciError::kSuccess);
    world_.RunFor(milliseconds(100));
    ASSERT_EQ(central_.TakeEncryption()->status, HciError::kSuccess);
    ASSERT_EQ(peripheral_.TakeEncryption()->status, HciError::kSuccess);
  }

  SimWorld world_;
  SimHost central_{world_, WithAddress(1)};
  SimHost peripheral_{world_, WithAddress(2)};
  SimLink link_ = MakeLink(world_, central_, peripheral_, PublicAddress(2));
};

TEST_F(EncryptionTest, DeliversRandAndEdivExactly) {
  constexpr uint64_t kRand = 0x0123456789ABCDEF;
  constexpr uint16_t kEdiv = 0x2474;
  central_.EnableEncryption(link_.central, KeyOf(1), kRand, kEdiv);
  world_.RunFor(milliseconds(100));
  const auto request = peripheral_.TakeKeyRequest();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->handle, link_.peripheral);
  EXPECT_EQ(request->rand, kRand);
  EXPECT_EQ(request->ediv, kEdiv);
}

TEST_F(EncryptionTest, TellsBothHostsWhenTheKeysAreEqual) {
  AskForKey(KeyOf(1));
  EXPECT_EQ(peripheral_.ReplyKey(link_.peripheral, KeyOf(1)),
            HciError::kSuccess);
  world_.RunFor(milliseconds(100));
  for (SimHost* host : {&central_, &peripheral_}) {
    const auto change = host->TakeEncryption();
    ASSERT_TRUE(change);
    EXPECT_EQ(change->status, HciError::kSuccess);
    EXPECT_TRUE(change->encrypted);
    EXPECT_FALSE(change->refresh);
  }
}

TEST_F(EncryptionTest, CarriesDataBothWaysOnceEncrypted) {
  Encrypt(KeyOf(1));
  central_.SendAcl(link_.central, kHello);
  peripheral_.SendAcl(link_.peripheral, kHello);
  world_.RunFor(milliseconds(100));
  for (SimHost* host : {&central_, &peripheral_}) {
    const auto data = host->TakeData();
    ASSERT_EQ(data.size(), 1u);
    EXPECT_EQ(data[0].data, kHello);
  }
}

TEST_F(EncryptionTest, LosesTheLinkByMicFailureWhenTheKeysDiffer) {
  AskForKey(KeyOf(1));
  peripheral_.ReplyKey(link_.peripheral, KeyOf(2));
  world_.RunFor(seconds(1));
  EXPECT_FALSE(central_.Has(EventCode::kEncryptionChange));
  EXPECT_FALSE(peripheral_.Has(EventCode::kEncryptionChange));
  const auto at_peripheral = peripheral_.TakeDisconnection();
  ASSERT_TRUE(at_peripheral);
  EXPECT_EQ(at_peripheral->reason, HciError::kMicFailure);
  // It hears nothing of a peer that stopped at once.
  const auto at_central = central_.TakeDisconnection();
  ASSERT_TRUE(at_central);
  EXPECT_EQ(at_central->reason, HciError::kConnectionTimeout);
}

TEST_F(EncryptionTest, NegativeReplyLeavesTheLinkUnencrypted) {
  AskForKey(KeyOf(1));
  EXPECT_EQ(peripheral_.RefuseKey(link_.peripheral), HciError::kSuccess);
  world_.RunFor(milliseconds(100));
  const auto change = central_.TakeEncryption();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->status, HciError::kPinOrKeyMissing);
  EXPECT_FALSE(change->encrypted);
  EXPECT_FALSE(change->refresh);
  EXPECT_FALSE(peripheral_.Has(EventCode::kEncryptionChange));
  central_.SendAcl(link_.central, kHello);
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(peripheral_.TakeData().size(), 1u);
}

TEST_F(EncryptionTest, EncryptsAfterANegativeReplyWhenAskedAgain) {
  AskForKey(KeyOf(1));
  peripheral_.RefuseKey(link_.peripheral);
  world_.RunFor(milliseconds(100));
  central_.TakeEncryption();
  Encrypt(KeyOf(1));
}

TEST_F(EncryptionTest, RefreshesTheKeyOfAnEncryptedLink) {
  Encrypt(KeyOf(1));
  AskForKey(KeyOf(2));
  peripheral_.ReplyKey(link_.peripheral, KeyOf(2));
  world_.RunFor(milliseconds(100));
  for (SimHost* host : {&central_, &peripheral_}) {
    const auto change = host->TakeEncryption();
    ASSERT_TRUE(change);
    EXPECT_EQ(change->status, HciError::kSuccess);
    EXPECT_TRUE(change->refresh);
  }
  central_.SendAcl(link_.central, kHello);
  peripheral_.SendAcl(link_.peripheral, kHello);
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(central_.TakeData().size(), 1u);
  EXPECT_EQ(peripheral_.TakeData().size(), 1u);
}

TEST_F(EncryptionTest, LosesTheLinkWhenTheKeysOfARefreshDiffer) {
  Encrypt(KeyOf(1));
  AskForKey(KeyOf(2));
  peripheral_.ReplyKey(link_.peripheral, KeyOf(3));
  world_.RunFor(seconds(1));
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason, HciError::kMicFailure);
  EXPECT_FALSE(central_.Has(EventCode::kEncryptionKeyRefreshComplete));
  EXPECT_TRUE(central_.TakeDisconnection());
}

TEST_F(EncryptionTest, NegativeReplyOnARefreshDisconnects) {
  Encrypt(KeyOf(1));
  AskForKey(KeyOf(2));
  peripheral_.RefuseKey(link_.peripheral);
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(central_.TakeDisconnection()->reason, HciError::kPinOrKeyMissing);
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason,
            HciError::kPinOrKeyMissing);
}

TEST_F(EncryptionTest, TakesAMaskedKeyRequestForANegativeReply) {
  constexpr uint64_t kAllButKeyRequest =
      ~hci::Bit(static_cast<unsigned>(LeSubevent::kLongTermKeyRequest) - 1);
  peripheral_.Command(hci::Opcode::kLeSetEventMask,
                      Writer().U64(kAllButKeyRequest).bytes());
  central_.EnableEncryption(link_.central, KeyOf(1));
  world_.RunFor(milliseconds(100));
  EXPECT_FALSE(peripheral_.Has(LeSubevent::kLongTermKeyRequest));
  EXPECT_EQ(central_.TakeEncryption()->status, HciError::kPinOrKeyMissing);
}

TEST_F(EncryptionTest, HoldsDataUntilTheProcedureIsThrough) {
  AskForKey(KeyOf(1));
  central_.SendAcl(link_.central, kHello);
  peripheral_.SendAcl(link_.peripheral, kHello);
  world_.RunFor(seconds(1));
  EXPECT_FALSE(central_.HasData());
  EXPECT_FALSE(peripheral_.HasData());
  EXPECT_EQ(central_.TakeCompleted(link_.central), 0u);
  peripheral_.ReplyKey(link_.peripheral, KeyOf(1));
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(central_.TakeData().size(), 1u);
  EXPECT_EQ(peripheral_.TakeData().size(), 1u);
  EXPECT_EQ(central_.TakeCompleted(link_.central), 1u);
}

TEST_F(EncryptionTest, SendsWhatWasQueuedBeforeFirst) {
  central_.SendAcl(link_.central, kHello);
  central_.EnableEncryption(link_.central, KeyOf(1));
  ASSERT_TRUE(world_.RunUntil(
      [&] { return peripheral_.Has(LeSubevent::kLongTermKeyRequest); }));
  EXPECT_EQ(peripheral_.TakeData().size(), 1u);
}

TEST_F(EncryptionTest, LosesTheLinkWhenTheKeyIsNotGivenInFortySeconds) {
  AskForKey(KeyOf(1));
  world_.RunFor(seconds(39));
  EXPECT_FALSE(central_.Has(EventCode::kDisconnectionComplete));
  world_.RunFor(seconds(2));
  EXPECT_EQ(central_.TakeDisconnection()->reason,
            HciError::kLinkLayerResponseTimeout);
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason,
            HciError::kLinkLayerResponseTimeout);
}

TEST_F(EncryptionTest, RefusesASecondStartWhileOneGoesOn) {
  AskForKey(KeyOf(1));
  EXPECT_EQ(central_.EnableEncryption(link_.central, KeyOf(1)),
            HciError::kCommandDisallowed);
}

TEST_F(EncryptionTest, RefusesToStartAtThePeripheral) {
  EXPECT_EQ(peripheral_.EnableEncryption(link_.peripheral, KeyOf(1)),
            HciError::kCommandDisallowed);
}

TEST_F(EncryptionTest, RefusesAKeyThatNobodyAskedFor) {
  EXPECT_EQ(peripheral_.ReplyKey(link_.peripheral, KeyOf(1)),
            HciError::kCommandDisallowed);
  EXPECT_EQ(central_.RefuseKey(link_.central), HciError::kCommandDisallowed);
}

TEST_F(EncryptionTest, CanBeDisconnectedWhileTheKeyIsAwaited) {
  AskForKey(KeyOf(1));
  central_.Disconnect(link_.central);
  world_.RunFor(milliseconds(100));
  EXPECT_EQ(central_.TakeDisconnection()->reason,
            HciError::kTerminatedByLocalHost);
  EXPECT_EQ(peripheral_.TakeDisconnection()->reason,
            HciError::kRemoteUserTerminatedConnection);
}

}  // namespace
}  // namespace bondd::test
