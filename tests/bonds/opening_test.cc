#include "bonds/opening.h"

#include <gtest/gtest.h>

#include "bonds/key_file.h"
#include "tests/bonds/fixture.h"
#include "tests/bonds/forged_row.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::Await;
using testing::BondWithPeer;
using testing::CountOf;
using testing::KeyOf;
using testing::KeyOfPeer;
using testing::Must;
using testing::QuerySql;
using testing::ReadWholeFile;
using testing::RunSql;
using testing::SameBond;
using testing::WriteWholeFile;

class OpeningTest : public testing::StoreFixture {
 protected:
  // As if the last transactions had never reached the file.
  void KeepOldFileOfOneBond() {
    Open();
    MustSave(BondWithPeer(1));
    Close();
    std::filesystem::copy(File("bonds.db"), File("old.db"));
  }
  void PutOldFileBack() {
    Close();
    std::filesystem::rename(File("old.db"), File("bonds.db"));
  }
};

TEST_F(OpeningTest, SaysNothingWhenAllIsWell) {
  MakeStore();
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_TRUE(notices_.empty()) << notices_.front().message;
  EXPECT_FALSE(store_->locked());
}

TEST_F(OpeningTest, SetsAFileThatIsNoDatabaseAsideAndLoadsTheCopy) {
  MakeStore();
  const std::string garbage(10000, 'x');
  WriteWholeFile(File("bonds.db"), garbage);
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kFileSetAside), 1u);
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRestored), 1u);
  EXPECT_EQ(ReadWholeFile(File("bonds.db.damaged-1")), garbage);
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_TRUE(notices_.empty());
}

TEST_F(OpeningTest, NeverOverwritesWhatItSetAside) {
  MakeStore();
  for (const char* garbage : {"one", "two", "three"}) {
    WriteWholeFile(File("bonds.db"), std::string(1000, *garbage));
    OpenAndSettle();
    ExpectAllThere();
    Close();
  }
  EXPECT_EQ(ReadWholeFile(File("bonds.db.damaged-1"))[0], 'o');
  EXPECT_EQ(ReadWholeFile(File("bonds.db.damaged-2"))[0], 't');
  EXPECT_TRUE(std::filesystem::exists(File("bonds.db.damaged-3")));
}

TEST_F(OpeningTest, MendsAFileWhoseRowsAreOutOfOrder) {
  MakeStore();
  const auto page = static_cast<size_t>(
      QuerySql(File("bonds.db"),
               "SELECT rootpage FROM sqlite_schema WHERE name = 'bonds'"));
  const auto page_size =
      static_cast<size_t>(QuerySql(File("bonds.db"), "PRAGMA page_size"));
  std::string octets = ReadWholeFile(File("bonds.db"));
  // Where the cells are, two octets each, follows the eight of the header.
  const auto cells =
      octets.begin() + static_cast<ptrdiff_t>((page - 1) * page_size + 8);
  std::swap_ranges(cells, cells + 2, cells + 2);
  WriteWholeFile(File("bonds.db"), octets);
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRestored), 1u);
  MustSave(BondWithPeer(1));
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_TRUE(notices_.empty());
}

TEST_F(OpeningTest, LoadsTheCopyWhenTheFileIsGone) {
  MakeStore();
  std::filesystem::remove(File("bonds.db"));
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRestored), 1u);
}

TEST_F(OpeningTest, MakesANewCopyWhenItIsGoneOrGarbage) {
  MakeStore();
  std::filesystem::remove(File("bonds.copy"));
  OpenAndSettle();
  ExpectAllThere();
  Close();
  WriteWholeFile(File("bonds.copy"), std::string(5000, 'x'));
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kFileSetAside), 1u);
  Close();
  std::filesystem::remove(File("bonds.db"));
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(OpeningTest, SetsADamagedRowAsideAndTakesItFromTheCopy) {
  MakeStore();
  RunSql(File("bonds.db"),
         "UPDATE bonds SET attributes = x'00' WHERE generation = 1");
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRowSetAside), 1u);
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRestored), 1u);
  ExpectOneInQuarantine();
}

TEST_F(OpeningTest, SetsARowAsideThatIsDamagedInBothFilesAndLoadsTheOthers) {
  MakeStore();
  for (const char* name : {"bonds.db", "bonds.copy"}) {
    RunSql(File(name),
           "UPDATE bonds SET sealed = zeroblob(136) "
           "WHERE generation = 2");
  }
  OpenAndSettle();
  EXPECT_NE(store_->Find(KeyOfPeer(1)), nullptr);
  EXPECT_EQ(store_->Find(KeyOfPeer(2)), nullptr);
  EXPECT_NE(store_->Find(KeyOfPeer(3)), nullptr);
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRowSetAside), 1u);
  OpenAndSettle();
  EXPECT_EQ(store_->Count(AdapterAddress()), 2u);
  EXPECT_TRUE(notices_.empty());
}

// Rows that open, for they were sealed with the right key, and yet are no
// bonds.
class InvalidRowTest : public OpeningTest {
 protected:
  // In both files in place of the bond with peer 1.
  void PutRow(ByteView attributes, ByteView secrets) {
    testing::PutForgedRow(Path(), testing::PublicAddress(1), attributes,
                          secrets);
  }

  void ExpectOneSetAside() {
    OpenAndSettle();
    EXPECT_FALSE(store_->locked());
    EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
    ExpectOthersThere();
    ASSERT_EQ(CountOf(notices_, NoticeKind::kRowSetAside), 1u);
    EXPECT_TRUE(Await(*store_, store_->Save(BondWithPeer(1))));
    ExpectOneInQuarantine();
  }
  bool SaysThatTheSealIsBroken() const {
    return std::ranges::any_of(notices_, [](const Notice& notice) {
      return notice.message.find("seal is broken") != std::string::npos;
    });
  }
};

TEST_F(InvalidRowTest, LoadsAValidOneThatIsPutThereTheSameWay) {
  MakeStore();
  PutRow(EncodeAttributes(BondWithPeer(1)),
         EncodeSecrets(BondWithPeer(1)).Reveal());
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_TRUE(notices_.empty());
}

TEST_F(InvalidRowTest, Cve2026_43020SetsValuesAsideThatNoBondHas) {
  MakeStore();
  KeepAsTemplate();
  const struct {
    const char* what;
    size_t position;
    uint8_t value;
  } cases[] = {{"key size", 4, 0},
               {"key size", 4, 6},
               {"key size", 4, 17},
               {"key size", 4, 255},
               {"format", 0, 0},
               {"format", 0, 2},
               {"role", 1, 2},
               {"model", 2, 4},
               {"unknown flag", 3, 0x23},
               {"all flags", 3, 0xFF},
               {"unknown key", 5, 0x3F},
               {"Just Works, authenticated", 2, 0},
               {"Numeric Comparison, not authenticated", 3, 2},
               {"Numeric Comparison, not Secure Connections", 3, 1}};
  for (const auto& [what, position, value] : cases) {
    SCOPED_TRACE(std::string(what) + ": " + std::to_string(value));
    StartFromTemplate();
    AttributeOctets attributes = EncodeAttributes(BondWithPeer(1));
    attributes[position] = value;
    PutRow(attributes, EncodeSecrets(BondWithPeer(1)).Reveal());
    Open();
    EXPECT_FALSE(SaysThatTheSealIsBroken());
    StartFromTemplate();
    PutRow(attributes, EncodeSecrets(BondWithPeer(1)).Reveal());
    ExpectOneSetAside();
  }
}

TEST_F(InvalidRowTest, Cve2026_43020SetsWrongLengthsAside) {
  MakeStore();
  KeepAsTemplate();
  const AttributeOctets attributes = EncodeAttributes(BondWithPeer(1));
  const BondSecrets secrets = EncodeSecrets(BondWithPeer(1));
  const auto resized = [](ByteView octets, size_t size) {
    Bytes other(octets.begin(), octets.end());
    other.resize(size);
    return other;
  };
  for (const size_t size :
       {size_t{0}, kAttributesSize - 1, kAttributesSize + 1, size_t{5000}}) {
    SCOPED_TRACE("attributes of " + std::to_string(size));
    StartFromTemplate();
    PutRow(resized(attributes, size), secrets.Reveal());
    ExpectOneSetAside();
  }
  for (const size_t size :
       {size_t{0}, kBondSecretsSize - 1, kBondSecretsSize + 1, size_t{5000}}) {
    SCOPED_TRACE("secrets of " + std::to_string(size));
    StartFromTemplate();
    PutRow(attributes, resized(secrets.Reveal(), size));
    ExpectOneSetAside();
  }
}

TEST_F(InvalidRowTest, Cve2026_43020SetsKeysOfZerosAside) {
  MakeStore();
  PutRow(EncodeAttributes(BondWithPeer(1)), BondSecrets().Reveal());
  Open();
  EXPECT_FALSE(SaysThatTheSealIsBroken());
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRowSetAside), 1u);
  EXPECT_EQ(store_->Count(AdapterAddress()), 2u);
}

TEST_F(OpeningTest, BringsBackARowThatIsMissing) {
  MakeStore();
  RunSql(File("bonds.db"), "DELETE FROM bonds WHERE generation = 1");
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(OpeningTest, LosesANameAtMostWhenItIsDamaged) {
  MakeStore();
  const char* const damage =
      "UPDATE bonds SET name = x'4BFF' WHERE generation = 1";
  RunSql(File("bonds.db"), damage);
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRestored), 1u);
  Close();
  for (const char* name : {"bonds.db", "bonds.copy"}) {
    RunSql(File(name), damage);
  }
  for (const size_t told : {1u, 0u}) {
    OpenAndSettle();
    ASSERT_NE(store_->Find(KeyOfPeer(1)), nullptr);
    Bond nameless = BondWithPeer(1);
    nameless.name.clear();
    EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), nameless));
    ExpectOthersThere();
    EXPECT_EQ(CountOf(notices_, NoticeKind::kRestored), told);
    EXPECT_EQ(CountOf(notices_, NoticeKind::kRowSetAside), 0u);
  }
}

TEST_F(OpeningTest, MendsTheCopyInTheBackground) {
  MakeStore();
  RunSql(File("bonds.copy"),
         "DELETE FROM bonds WHERE generation = 1;"
         "UPDATE bonds SET sealed = x'00' WHERE generation = 2;"
         "DELETE FROM identities");
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kCopy), 1u);
  Close();
  std::filesystem::remove(File("bonds.db"));
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(OpeningTest, TakesTheNewerBondOfTheTwoFiles) {
  KeepOldFileOfOneBond();
  Open();
  MustSave(BondWithPeer(1, 2));
  PutOldFileBack();
  OpenAndSettle();
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1, 2)));
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRestored), 1u);
}

TEST_F(OpeningTest, DoesNotBringBackABondThatTheCopyKnowsWasRemoved) {
  KeepOldFileOfOneBond();
  Open();
  Must(Await(*store_, store_->Remove(KeyOfPeer(1))));
  PutOldFileBack();
  OpenAndSettle();
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
}

TEST_F(OpeningTest, NumbersNewTransactionsAboveAllOldOnes) {
  KeepOldFileOfOneBond();
  Open();
  for (uint8_t i = 2; i < 9; ++i) MustSave(BondWithPeer(1, i));
  const uint64_t newest = store_->Find(KeyOfPeer(1))->generation;
  PutOldFileBack();
  Open();
  MustSave(BondWithPeer(2));
  EXPECT_GT(store_->Find(KeyOfPeer(2))->generation, newest);
}

TEST_F(OpeningTest, RefusesAStoreThatANewerBonddMade) {
  MakeStore();
  for (const char* name : {"bonds.db", "bonds.copy"}) {
    RunSql(File(name), "PRAGMA user_version = 99");
  }
  const auto store = TryOpen();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kNotSupported);
  EXPECT_FALSE(std::filesystem::exists(File("bonds.db.damaged-1")));
}

TEST_F(OpeningTest, TakesAVersionThatOnlyOneFileClaimsForDamage) {
  MakeStore();
  RunSql(File("bonds.db"), "PRAGMA user_version = 66");
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(OpeningTest, TakesADatabaseOfSomebodyElseForDamage) {
  MakeStore();
  RunSql(File("bonds.db"), "CREATE TABLE other(a)");
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kFileSetAside), 1u);
}

// --- The key.

TEST_F(OpeningTest, MakesAKeyFileForAFirstStoreOnly) {
  MakeStore();
  ASSERT_TRUE(Must(ReadKeyFile(File("bonds.key"))));
  std::filesystem::remove(File("bonds.key"));
  OpenAndSettle();
  EXPECT_FALSE(std::filesystem::exists(File("bonds.key")));
}

TEST_F(OpeningTest, StaysLockedWithoutItsKeyAndDeletesNothing) {
  MakeStore();
  std::filesystem::rename(File("bonds.key"), File("elsewhere"));
  OpenAndSettle();
  ASSERT_TRUE(store_->locked());
  EXPECT_EQ(store_->locked()->code, ErrorCode::kCrypto);
  EXPECT_EQ(CountOf(notices_, NoticeKind::kKey), 1u);
  EXPECT_EQ(store_->Count(AdapterAddress()), 0u);
  EXPECT_FALSE(store_->CanStore(KeyOfPeer(9)));
  EXPECT_FALSE(Await(*store_, store_->Save(BondWithPeer(9))));
  EXPECT_FALSE(Await(*store_, store_->RemoveAll(AdapterAddress())));
  Close();
  std::filesystem::rename(File("elsewhere"), File("bonds.key"));
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_FALSE(store_->locked());
}

TEST_F(OpeningTest, StaysLockedWithAnotherKeyAndDeletesNothing) {
  MakeStore();
  std::filesystem::rename(File("bonds.key"), File("elsewhere"));
  const SealKey other = KeyOf<SealKey>(9);
  WriteWholeFile(File("bonds.key"),
                 std::string(other.Reveal().begin(), other.Reveal().end()));
  OpenAndSettle();
  ASSERT_TRUE(store_->locked());
  EXPECT_NE(store_->locked()->message.find("another key"), std::string::npos);
  Close();
  std::filesystem::rename(File("elsewhere"), File("bonds.key"));
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(OpeningTest, IsLockedByAKeyFileThatIsNoKey) {
  WriteWholeFile(File("bonds.key"), "short");
  OpenAndSettle();
  ASSERT_TRUE(store_->locked());
  EXPECT_NE(store_->locked()->message.find("bonds.key"), std::string::npos);
  EXPECT_EQ(ReadWholeFile(File("bonds.key")), "short");
}

TEST_F(OpeningTest, HasAnIdentityForAsLongAsItIsLocked) {
  MakeStore();
  std::filesystem::rename(File("bonds.key"), File("elsewhere"));
  Open();
  const LocalIdentity passing = Must(testing::AwaitIdentity(*store_, "hci0"));
  EXPECT_FALSE(passing == identity_);
  EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0")) == passing);
  Close();
  std::filesystem::rename(File("elsewhere"), File("bonds.key"));
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(OpeningTest, SealsWithTheCredentialWhenThereIsOne) {
  credentials_ = File("credentials");
  std::filesystem::create_directory(credentials_);
  const SealKey key = KeyOf<SealKey>(5);
  WriteWholeFile(credentials_ / "bondd.key",
                 std::string(key.Reveal().begin(), key.Reveal().end()));
  MakeStore();
  EXPECT_FALSE(std::filesystem::exists(File("bonds.key")));
  OpenAndSettle();
  ExpectAllThere();
  Close();
  credentials_.clear();
  Open();
  EXPECT_TRUE(store_->locked());
}

TEST_F(OpeningTest, GoesOnWithTheKeyFileUntilItIsTakenOver) {
  MakeStore();
  credentials_ = File("credentials");
  std::filesystem::create_directory(credentials_);
  WriteWholeFile(credentials_ / "bondd.key", std::string(32, 'k'));
  OpenAndSettle();
  ExpectAllThere();
  ASSERT_EQ(CountOf(notices_, NoticeKind::kKey), 1u);
  EXPECT_NE(notices_[0].message.find("--rekey"), std::string::npos);
}

// --- Version 1.

TEST_F(OpeningTest, SealsAFileOfVersionOne) {
  std::filesystem::copy(UNSEALED_STORE, File("bonds.db"));
  OpenAndSettle();
  EXPECT_EQ(CountOf(notices_, NoticeKind::kMigrated), 1u);
  const Bond* found = store_->Find(KeyOfPeer(3));
  ASSERT_NE(found, nullptr);
  Bond expected = BondWithPeer(3, 2);
  expected.last_used = 1'700'000'100'000'000;
  EXPECT_TRUE(SameBond(*found, expected));
  EXPECT_EQ(store_->Count(AdapterAddress()), 3u);
  EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0")).irk ==
              KeyOf<smp::Irk>(0x77));
  OpenAndSettle();
  EXPECT_EQ(store_->Count(AdapterAddress()), 3u);
  EXPECT_TRUE(notices_.empty());
}

TEST_F(OpeningTest, LeavesNoKeyInTheOpenAfterSealing) {
  std::filesystem::copy(UNSEALED_STORE, File("bonds.db"));
  const auto ltk = BondWithPeer(3, 2).data.local_ltk->ltk.Clone();
  const std::string secret(ltk.Reveal().begin(), ltk.Reveal().end());
  ASSERT_NE(ReadWholeFile(File("bonds.db")).find(secret), std::string::npos);
  OpenAndSettle();
  for (const auto& entry : std::filesystem::directory_iterator(Path())) {
    EXPECT_EQ(ReadWholeFile(entry.path()).find(secret), std::string::npos)
        << entry.path();
  }
}

TEST_F(OpeningTest, SetsADamagedRowOfVersionOneAside) {
  std::filesystem::copy(UNSEALED_STORE, File("bonds.db"));
  RunSql(File("bonds.db"),
         "UPDATE bonds SET attributes = x'00' WHERE generation = 3");
  const auto ltk = BondWithPeer(3, 2).data.local_ltk->ltk.Clone();
  const std::string secret(ltk.Reveal().begin(), ltk.Reveal().end());
  OpenAndSettle();
  EXPECT_EQ(store_->Count(AdapterAddress()), 2u);
  EXPECT_EQ(CountOf(notices_, NoticeKind::kRowSetAside), 1u);
  Close();
  EXPECT_EQ(ReadWholeFile(File("bonds.db")).find(secret), std::string::npos);
}

}  // namespace
}  // namespace bondd::bonds
