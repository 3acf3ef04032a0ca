#include "bonds/rekey.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "bonds/key_file.h"
#include "tests/bonds/fault_shim.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::KeyOf;
using testing::Must;
using testing::ReadWholeFile;
using testing::WriteWholeFile;

class RekeyTest : public testing::StoreFixture {
 protected:
  void PutCredential(const char* name, uint8_t number) {
    credentials_ = File("credentials");
    std::filesystem::create_directory(credentials_);
    const SealKey key = KeyOf<SealKey>(number);
    WriteWholeFile(credentials_ / name,
                   std::string(key.Reveal().begin(), key.Reveal().end()));
  }

  void MustRekey() {
    notices_ = Must(Rekey(Path(), credentials_));
    ASSERT_FALSE(notices_.empty());
  }
};

TEST_F(RekeyTest, SealsWithANewKeyFile) {
  MakeStore();
  const std::string old_key = ReadWholeFile(File("bonds.key"));
  MustRekey();
  EXPECT_NE(ReadWholeFile(File("bonds.key")), old_key);
  EXPECT_FALSE(std::filesystem::exists(File("bonds.key.next")));
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_TRUE(notices_.empty()) << notices_[0].message;
  Close();
  WriteWholeFile(File("bonds.key"), old_key);
  Open();
  EXPECT_TRUE(store_->locked());
}

TEST_F(RekeyTest, LeavesTheCopyAsGoodAsTheFile) {
  MakeStore();
  MustRekey();
  std::filesystem::remove(File("bonds.db"));
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(RekeyTest, MovesFromTheKeyFileToTheCredential) {
  MakeStore();
  PutCredential("bondd.key", 5);
  MustRekey();
  EXPECT_FALSE(std::filesystem::exists(File("bonds.key")));
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_TRUE(notices_.empty());
}

TEST_F(RekeyTest, MovesFromOneCredentialToTheNext) {
  PutCredential("bondd.key", 5);
  MakeStore();
  PutCredential("bondd.key", 6);
  PutCredential("bondd.key.old", 5);
  MustRekey();
  std::filesystem::remove(credentials_ / "bondd.key.old");
  OpenAndSettle();
  ExpectAllThere();
}

// Cut short before the copy, it leaves two keys to be known.
TEST_F(RekeyTest, IsNotUndoneByTheOldCredentialAndTheCopy) {
  PutCredential("bondd.key", 5);
  MakeStore();
  Close();
  const std::string copy = ReadWholeFile(File("bonds.copy"));
  PutCredential("bondd.key", 6);
  PutCredential("bondd.key.old", 5);
  MustRekey();
  std::filesystem::remove(File("bonds.copy-wal"));
  WriteWholeFile(File("bonds.copy"), copy);
  const std::string file = ReadWholeFile(File("bonds.db"));
  PutCredential("bondd.key", 5);
  std::filesystem::remove(credentials_ / "bondd.key.old");
  Open();
  EXPECT_TRUE(store_->locked());
  Close();
  EXPECT_EQ(ReadWholeFile(File("bonds.db")), file);
  EXPECT_EQ(ReadWholeFile(File("bonds.copy")), copy);
  PutCredential("bondd.key", 6);
  PutCredential("bondd.key.old", 5);
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_FALSE(store_->locked());
}

TEST_F(RekeyTest, HasNothingToDoWhenTheCredentialFitsAlready) {
  PutCredential("bondd.key", 5);
  MakeStore();
  MustRekey();
  EXPECT_NE(notices_.back().message.find("already"), std::string::npos);
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(RekeyTest, FinishesAChangeWhoseRowsAreSealedAlready) {
  MakeStore();
  const std::string old_key = ReadWholeFile(File("bonds.key"));
  MustRekey();
  std::filesystem::rename(File("bonds.key"), File("bonds.key.next"));
  WriteWholeFile(File("bonds.key"), old_key);
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_FALSE(std::filesystem::exists(File("bonds.key.next")));
  EXPECT_NE(ReadWholeFile(File("bonds.key")), old_key);
}

TEST_F(RekeyTest, StartsWhenAChangeOfTheKeyCannotBeFinished) {
  MakeStore();
  const std::string old_key = ReadWholeFile(File("bonds.key"));
  const std::string old_copy = ReadWholeFile(File("bonds.copy"));
  MustRekey();
  const std::string new_key = ReadWholeFile(File("bonds.key"));
  WriteWholeFile(File("bonds.key"), old_key);
  WriteWholeFile(File("bonds.key.next"), new_key);
  WriteWholeFile(File("bonds.copy"), old_copy);
  {
    const testing::FaultScope full({.fault = testing::Fault::kErrorSince,
                                    .at = 1,
                                    .error = ENOSPC,
                                    .only = "bonds.copy"});
    Open();
    ExpectAllThere();
    EXPECT_EQ(testing::CountOf(notices_, NoticeKind::kKey), 1u);
    Close();
    EXPECT_FALSE(Rekey(Path(), credentials_));
  }
  EXPECT_EQ(ReadWholeFile(File("bonds.key")), old_key);
  EXPECT_EQ(ReadWholeFile(File("bonds.key.next")), new_key);
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_FALSE(std::filesystem::exists(File("bonds.key.next")));
  EXPECT_EQ(ReadWholeFile(File("bonds.key")), new_key);
}

TEST_F(RekeyTest, DropsAChangeThatDidNotReachTheRows) {
  MakeStore();
  {
    const StateDirectory directory = Must(StateDirectory::Open(Path()));
    Must(WriteKeyFile(directory, "bonds.key.next", KeyOf<SealKey>(9)));
  }
  const std::string old_key = ReadWholeFile(File("bonds.key"));
  OpenAndSettle();
  ExpectAllThere();
  EXPECT_FALSE(std::filesystem::exists(File("bonds.key.next")));
  EXPECT_EQ(ReadWholeFile(File("bonds.key")), old_key);
}

TEST_F(RekeyTest, RefusesWithoutTheOldKey) {
  MakeStore();
  std::filesystem::remove(File("bonds.key"));
  PutCredential("bondd.key", 5);
  const auto outcome = Rekey(Path(), credentials_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCrypto);
}

TEST_F(RekeyTest, RefusesWhileABonddIsRunning) {
  Open();
  const auto outcome = Rekey(Path(), credentials_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kBusy);
}

TEST_F(RekeyTest, LeavesFilesOfTheDaemonsWhenRootRunsIt) {
  ASSERT_EQ(::geteuid(), 0u) << "needs root, as ./test has";
  constexpr uid_t kDaemon = 4711;
  MakeStore();
  std::filesystem::remove(File("bonds.copy"));
  ASSERT_EQ(::chown(Path().c_str(), kDaemon, kDaemon), 0);
  for (const auto& entry : std::filesystem::directory_iterator(Path())) {
    ASSERT_EQ(::chown(entry.path().c_str(), kDaemon, kDaemon), 0);
  }
  MustRekey();
  const auto expect_all_the_daemons = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(Path())) {
      struct stat status {};
      ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
      EXPECT_EQ(status.st_uid, kDaemon) << entry.path();
      EXPECT_EQ(status.st_gid, kDaemon) << entry.path();
    }
  };
  expect_all_the_daemons();
  // The logs, too.
  OpenAndSettle();
  EXPECT_TRUE(std::filesystem::exists(File("bonds.db-wal")));
  expect_all_the_daemons();
}

TEST_F(RekeyTest, LeavesNoKeyBehindInADraft) {
  MakeStore();
  WriteWholeFile(File("bonds.key.draft"), "left behind");
  OpenAndSettle();
  EXPECT_FALSE(std::filesystem::exists(File("bonds.key.draft")));
}

}  // namespace
}  // namespace bondd::bonds
