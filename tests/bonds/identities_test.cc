#include "bonds/identities.h"

#include <gtest/gtest.h>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::KeyOf;
using testing::PublicAddress;

constexpr RequestId kFirst{1};
constexpr RequestId kSecond{2};
constexpr RequestId kThird{3};

LocalIdentity Identity(uint8_t number) {
  LocalIdentity identity;
  identity.irk = KeyOf<smp::Irk>(number);
  identity.static_address = {AddressType::kRandom, {number, 0, 0, 0, 0, 0xC0}};
  return identity;
}

PutIdentity New(const std::string& name, uint8_t number) {
  return {name, Identity(number)};
}

PutIdentity TakeOver(const std::string& name, const std::string& spec,
                     uint8_t number) {
  return {name, Identity(number), spec};
}

std::map<std::string, LocalIdentity> Stored(
    std::initializer_list<std::pair<const char*, uint8_t>> identities) {
  std::map<std::string, LocalIdentity> stored;
  for (const auto& [name, number] : identities) {
    stored.emplace(name, Identity(number));
  }
  return stored;
}

class IdentitiesTest : public ::testing::Test {
 protected:
  bool Has(const std::string& name, uint8_t number) const {
    const LocalIdentity* found = identities_.Find(name);
    return found != nullptr && *found == Identity(number);
  }
  // What became of it for who asked; `joined` gets the others.
  Result<void> End(RequestId request, const PutIdentity& change,
                   Result<void> outcome, bool disk_is_failing = false) {
    joined_ = identities_.End(request, change, outcome, disk_is_failing);
    return outcome;
  }
  static Result<void> DiskError() { return Fail(ErrorCode::kIo, "EIO"); }
  static Result<void> Refusal() {
    return Fail(ErrorCode::kInvalidArgument, "there is one");
  }

  Identities identities_{Stored({{"hci0", 1}})};
  std::vector<RequestId> joined_;
};

TEST_F(IdentitiesTest, AreKeptUnderThePublicAddressElseUnderTheSpec) {
  EXPECT_EQ(Identities::NameOf("hci0", std::nullopt), "hci0");
  EXPECT_EQ(Identities::NameOf("hci0", PublicAddress(1)),
            PublicAddress(1).ToString());
}

TEST_F(IdentitiesTest, AreFoundOnceTheyAreThere) {
  const PutIdentity change = New("hci1", 2);
  EXPECT_FALSE(identities_.Join("hci1", kSecond));
  identities_.NoteSubmitted(kFirst, change);
  EXPECT_EQ(identities_.Find("hci1"), nullptr);
  EXPECT_TRUE(identities_.Join("hci1", kSecond));
  EXPECT_TRUE(End(kFirst, change, {}));
  EXPECT_EQ(joined_, std::vector{kSecond});
  EXPECT_TRUE(Has("hci1", 2));
  EXPECT_FALSE(identities_.Join("hci1", kThird));
}

TEST_F(IdentitiesTest, OneThatIsTakenOverIsNobodyElsesAtOnce) {
  const PutIdentity change = TakeOver("address", "hci0", 1);
  ASSERT_NE(identities_.FindFormer("hci0"), nullptr);
  identities_.NoteSubmitted(kFirst, change);
  EXPECT_EQ(identities_.Find("hci0"), nullptr);
  EXPECT_EQ(identities_.FindFormer("hci0"), nullptr);
  EXPECT_EQ(identities_.Find("address"), nullptr);
  EXPECT_TRUE(End(kFirst, change, {}));
  EXPECT_TRUE(Has("address", 1));
  EXPECT_EQ(identities_.Find("hci0"), nullptr);
}

TEST_F(IdentitiesTest, OneOnItsWayOrUsedElsewhereIsNoFormerOne) {
  identities_.NoteSubmitted(kFirst, New("hci1", 2));
  EXPECT_EQ(identities_.FindFormer("hci1"), nullptr);
  identities_.Use(New("address", 1));
  EXPECT_EQ(identities_.FindFormer("hci0"), nullptr);
  EXPECT_TRUE(Has("hci0", 1));
}

TEST_F(IdentitiesTest, OneThatIsRefusedIsNotThereAndWasNotTaken) {
  const PutIdentity change = TakeOver("address", "hci0", 1);
  identities_.NoteSubmitted(kFirst, change);
  identities_.Join("address", kSecond);
  EXPECT_FALSE(End(kFirst, change, Refusal()));
  EXPECT_EQ(joined_, std::vector{kSecond});
  EXPECT_EQ(identities_.Find("address"), nullptr);
  EXPECT_TRUE(Has("hci0", 1));
  EXPECT_TRUE(identities_.unsaved().empty());
}

TEST_F(IdentitiesTest, OneThatTheDiskDoesNotTakeIsUsedAndKeptToBeSaved) {
  const PutIdentity change = New("hci1", 2);
  identities_.NoteSubmitted(kFirst, change);
  EXPECT_TRUE(End(kFirst, change, DiskError(), true));
  EXPECT_TRUE(Has("hci1", 2));
  ASSERT_EQ(identities_.unsaved().size(), 1u);
  identities_.NoteUnsavedSubmitted(kSecond);
  EXPECT_TRUE(identities_.saving());
  EXPECT_FALSE(End(kSecond, change, DiskError(), true));
  EXPECT_FALSE(identities_.saving());
  EXPECT_EQ(identities_.unsaved().size(), 1u);
  identities_.NoteUnsavedSubmitted(kThird);
  EXPECT_TRUE(End(kThird, change, {}));
  EXPECT_TRUE(identities_.unsaved().empty());
  EXPECT_TRUE(Has("hci1", 2));
}

// The second one has no place on the disk before the first has left it.
TEST_F(IdentitiesTest, OneThatFailsForWantOfAnotherIsSavedAfterThatOne) {
  const PutIdentity taken = TakeOver("address", "hci0", 1);
  const PutIdentity fresh = New("hci0", 2);
  identities_.NoteSubmitted(kFirst, taken);
  identities_.NoteSubmitted(kSecond, fresh);
  EXPECT_TRUE(End(kFirst, taken, DiskError(), true));
  // The disk was well again in between.
  EXPECT_TRUE(End(kSecond, fresh, Refusal()));
  EXPECT_TRUE(Has("address", 1));
  EXPECT_TRUE(Has("hci0", 2));
  ASSERT_EQ(identities_.unsaved().size(), 2u);
  EXPECT_EQ(identities_.unsaved()[0].name, "address");
  EXPECT_EQ(identities_.unsaved()[1].name, "hci0");
}

TEST_F(IdentitiesTest, KeepWhatIsKnownOfTheirController) {
  identities_.SetController({"hci0", "a port"});
  identities_.SetController({"hci9", "nowhere"});
  EXPECT_EQ(identities_.Find("hci0")->controller, "a port");
  EXPECT_EQ(identities_.Find("hci9"), nullptr);
}

}  // namespace
}  // namespace bondd::bonds
