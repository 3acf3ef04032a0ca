#include "daemon/oob_book.h"

#include <gtest/gtest.h>

#include "daemon/sources.h"

namespace bondd::daemon {
namespace {

using std::chrono::seconds;

constexpr Borrower kFirst = 1;
constexpr Borrower kSecond = 2;
const dbus::Caller kAlice{":1.1", 1000};
const dbus::Caller kBob{":1.2", 1001};
const dbus::Caller kRoot{":1.3", 0};

class OobBookTest : public testing::Test {
 protected:
  uint32_t Generate(bool legacy = false) {
    const auto made = Make(kAlice, legacy);
    for (const auto& [key, value] : *made) {
      if (key == "Id") return std::get<uint32_t>(value);
    }
    return 0;
  }

  dbus::ApiResult<dbus::Dictionary> Make(const dbus::Caller& caller,
                                         bool legacy = false) {
    return book_.Generate(caller, {.legacy = legacy, .lifetime = seconds(10)},
                          peer_, random_, key_pairs_, now_);
  }

  // As the side that starts, or as the one that has the peer's request.
  bool Lends(Borrower borrower, std::optional<uint32_t> id = {}) {
    smp::PairingOptions options;
    options.oob_id = id;
    const auto lent = book_.Lend(borrower, {peer_, peer_, {}}, options, now_);
    return lent && *lent;
  }

  static smp::PairingReport Used(std::string_view phase = {}) {
    smp::PairingReport report;
    report.initiator = true;
    report.model = smp::AssociationModel::kOutOfBand;
    report.security.secure_connections = true;
    report.response = smp::PairingOctets{0x02, 0x03, 0x01};
    if (!phase.empty()) {
      report.failure.emplace();
      report.failure->phase = phase;
    }
    return report;
  }

  const DeviceAddress peer_ =
      *DeviceAddress::Parse("C0:11:22:33:44:55", AddressType::kRandom);
  SystemRandom random_;
  KeyPairPool key_pairs_;
  OobBook book_;
  Time now_{};
};

TEST_F(OobBookTest, DataExpires) {
  const uint32_t id = Generate();
  EXPECT_EQ(book_.Deadline(), now_ + seconds(10));
  now_ += seconds(10);
  EXPECT_FALSE(book_.Has(id, now_));
  EXPECT_FALSE(Lends(kFirst));
  EXPECT_EQ(book_.Release(kAlice, id).error().name, "DoesNotExist");
  EXPECT_EQ(book_.Deadline(), std::nullopt);
}

TEST_F(OobBookTest, OneSetServesOnePairingAtATime) {
  const uint32_t id = Generate();
  EXPECT_TRUE(Lends(kFirst));
  EXPECT_TRUE(Lends(kFirst));
  EXPECT_FALSE(Lends(kSecond));
  smp::PairingOptions options;
  options.oob_id = id;
  EXPECT_EQ(book_.Lend(kSecond, {peer_, peer_, {}}, options, now_).error().name,
            "Busy");
  book_.GiveBack(kFirst, nullptr);
  EXPECT_TRUE(Lends(kSecond, id));
}

TEST_F(OobBookTest, NewestFreeSetIsLent) {
  const uint32_t first = Generate();
  const uint32_t second = Generate();
  smp::PairingOptions options;
  ASSERT_TRUE(book_.Lend(kFirst, {peer_, peer_, {}}, options, now_));
  EXPECT_EQ(options.oob_id, second);
  smp::PairingOptions others;
  ASSERT_TRUE(book_.Lend(kSecond, {peer_, peer_, {}}, others, now_));
  EXPECT_EQ(others.oob_id, first);
}

TEST_F(OobBookTest, SetIsUsedUpOnceThePeerHasHadItsKey) {
  const uint32_t id = Generate();
  ASSERT_TRUE(Lends(kFirst));
  const auto early = Used("FeatureExchange");
  book_.GiveBack(kFirst, &early);
  EXPECT_TRUE(book_.Has(id, now_));
  ASSERT_TRUE(Lends(kFirst));
  const auto late = Used("OobAuthentication");
  book_.GiveBack(kFirst, &late);
  EXPECT_FALSE(book_.Has(id, now_));
}

TEST_F(OobBookTest, PeerWithoutOurDataGetsNone) {
  Generate();
  smp::PairingOptions options;
  smp::PairingFeatures request;
  request.auth_req.secure_connections = true;
  const auto lent = book_.Lend(kFirst, {peer_, peer_, request}, options, now_);
  ASSERT_TRUE(lent);
  EXPECT_FALSE(*lent);
  EXPECT_EQ(options.oob_id, std::nullopt);
}

TEST_F(OobBookTest, TemporaryKeyIsForLegacyPairingOnly) {
  Generate(true);
  smp::PairingFeatures request;
  request.oob = true;
  smp::PairingOptions legacy;
  ASSERT_TRUE(book_.Lend(kFirst, {peer_, peer_, request}, legacy, now_));
  EXPECT_TRUE(legacy.oob_legacy_tk);
  book_.GiveBack(kFirst, nullptr);
  request.auth_req.secure_connections = true;
  smp::PairingOptions secure;
  ASSERT_TRUE(book_.Lend(kFirst, {peer_, peer_, request}, secure, now_));
  EXPECT_FALSE(secure.oob_legacy_tk);
}

TEST_F(OobBookTest, BelongsToWhoeverMadeIt) {
  const uint32_t id = Generate();
  EXPECT_EQ(book_.Release(kBob, id).error().name, "NotAuthorized");
  EXPECT_TRUE(book_.Release(kRoot, id));
  const auto data = [] { return dbus::OobData{smp::Tk(), std::nullopt}; };
  ASSERT_TRUE(book_.SetRemote(kAlice, peer_, data()));
  EXPECT_EQ(book_.SetRemote(kBob, peer_, data()).error().name, "NotAuthorized");
  EXPECT_EQ(book_.ClearRemote(kBob, peer_).error().name, "NotAuthorized");
  EXPECT_TRUE(book_.SetRemote(kAlice, peer_, data()));
  EXPECT_TRUE(book_.ClearRemote(kRoot, peer_));
  EXPECT_EQ(book_.ClearRemote(kRoot, peer_).error().name, "DoesNotExist");
}

TEST_F(OobBookTest, HoldsABoundedAmount) {
  for (size_t i = 0; i < OobBook::kMaxOwn; ++i) ASSERT_TRUE(Make(kAlice));
  EXPECT_EQ(Make(kRoot).error().name, "Busy");
  now_ += seconds(10);
  EXPECT_TRUE(Make(kRoot));
  DeviceAddress peer = peer_;
  for (size_t i = 0; i < OobBook::kMaxRemote; ++i) {
    peer.octets[0] = static_cast<uint8_t>(i);
    ASSERT_TRUE(book_.SetRemote(kAlice, peer, {smp::Tk(), std::nullopt}));
  }
  peer.octets[1] ^= 1;
  EXPECT_EQ(
      book_.SetRemote(kAlice, peer, {smp::Tk(), std::nullopt}).error().name,
      "Busy");
}

}  // namespace
}  // namespace bondd::daemon
