#include "bonds/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::KeyOf;
using testing::ReadWholeFile;
using testing::WriteWholeFile;

class KeyFileTest : public ::testing::Test {
 protected:
  KeyFileTest() {
    auto directory = StateDirectory::Open(temporary_.path());
    if (!directory) throw std::runtime_error(directory.error().message);
    directory_.emplace(std::move(*directory));
  }

  std::filesystem::path File() const { return directory_->File("key"); }

  testing::TemporaryDirectory temporary_;
  std::optional<StateDirectory> directory_;
};

TEST_F(KeyFileTest, ReadsWhatItWrote) {
  ASSERT_TRUE(WriteKeyFile(*directory_, "key", KeyOf<SealKey>(1)));
  const auto key = ReadKeyFile(File());
  ASSERT_TRUE(key && *key);
  EXPECT_TRUE(**key == KeyOf<SealKey>(1));
}

TEST_F(KeyFileTest, WritesForItselfAlone) {
  const mode_t previous = ::umask(0);
  ASSERT_TRUE(WriteKeyFile(*directory_, "key", KeyOf<SealKey>(1)));
  ::umask(previous);
  struct stat status {};
  ASSERT_EQ(::stat(File().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(KeyFileTest, ReplacesAKey) {
  ASSERT_TRUE(WriteKeyFile(*directory_, "key", KeyOf<SealKey>(1)));
  ASSERT_TRUE(WriteKeyFile(*directory_, "key", KeyOf<SealKey>(2)));
  EXPECT_TRUE(**ReadKeyFile(File()) == KeyOf<SealKey>(2));
}

TEST_F(KeyFileTest, ReadsTheSameKeyWhicheverBitOfTheFileIsFlipped) {
  ASSERT_TRUE(WriteKeyFile(*directory_, "key", KeyOf<SealKey>(1)));
  const std::string whole = ReadWholeFile(File());
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    WriteWholeFile(File(), flipped);
    const auto key = ReadKeyFile(File());
    ASSERT_TRUE(key && *key) << bit;
    EXPECT_TRUE(**key == KeyOf<SealKey>(1)) << bit;
  }
}

TEST_F(KeyFileTest, ReadsAKeyThatWasPutThereByHand) {
  const SealKey key = KeyOf<SealKey>(1);
  WriteWholeFile(File(), std::string(key.Reveal().begin(), key.Reveal().end()));
  EXPECT_TRUE(**ReadKeyFile(File()) == key);
}

TEST_F(KeyFileTest, TellsAnAbsentKeyFromABadOne) {
  const auto absent = ReadKeyFile(File());
  ASSERT_TRUE(absent);
  EXPECT_FALSE(absent->has_value());
  for (const size_t size : {0, 1, 31, 33, 64, 95, 97, 200}) {
    WriteWholeFile(File(), std::string(size, 'k'));
    const auto bad = ReadKeyFile(File());
    ASSERT_FALSE(bad) << size;
    EXPECT_EQ(bad.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(bad.error().message.find("kkk"), std::string::npos);
  }
}

TEST_F(KeyFileTest, TakesNoKeyOfZeros) {
  for (const size_t size : {32, 96}) {
    WriteWholeFile(File(), std::string(size, '\0'));
    EXPECT_FALSE(ReadKeyFile(File()));
  }
}

TEST_F(KeyFileTest, RefusesAKeyThatIsOpenToOthers) {
  ASSERT_TRUE(WriteKeyFile(*directory_, "key", KeyOf<SealKey>(1)));
  ASSERT_EQ(::chmod(File().c_str(), 0640), 0);
  const auto key = ReadKeyFile(File());
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::kPermissionDenied);
  // systemd's own permissions are its own affair.
  EXPECT_TRUE(ReadCredential(File()));
}

TEST_F(KeyFileTest, RefusesWhatIsNoFile) {
  std::filesystem::create_directory(File());
  EXPECT_FALSE(ReadKeyFile(File()));
  std::filesystem::remove(File());
  ASSERT_EQ(::mkfifo(File().c_str(), 0600), 0);
  EXPECT_FALSE(ReadKeyFile(File()));
}

TEST_F(KeyFileTest, ErasesAKey) {
  ASSERT_TRUE(WriteKeyFile(*directory_, "key", KeyOf<SealKey>(1)));
  ASSERT_TRUE(EraseKeyFile(*directory_, "key"));
  EXPECT_FALSE(std::filesystem::exists(File()));
  EXPECT_TRUE(EraseKeyFile(*directory_, "key"));
}

}  // namespace
}  // namespace bondd::bonds
