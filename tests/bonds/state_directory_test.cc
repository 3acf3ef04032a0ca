#include "bonds/state_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

class StateDirectoryTest : public ::testing::Test {
 protected:
  std::filesystem::path Path() const {
    return directory_.path() / "lib" / "bondd";
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(StateDirectoryTest, MakesTheDirectoryForItselfAlone) {
  const mode_t previous = ::umask(0);
  const auto directory = StateDirectory::Open(Path());
  ::umask(previous);
  ASSERT_TRUE(directory) << directory.error().message;
  struct stat status {};
  ASSERT_EQ(::stat(Path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_EQ(directory->File("bonds.db"), Path() / "bonds.db");
  EXPECT_TRUE(directory->Sync());
}

TEST_F(StateDirectoryTest, TakesADirectoryThatIsThere) {
  std::filesystem::create_directories(Path());
  EXPECT_TRUE(StateDirectory::Open(Path()));
}

TEST_F(StateDirectoryTest, LetsOnlyOneUseIt) {
  const auto first = StateDirectory::Open(Path());
  ASSERT_TRUE(first);
  const auto second = StateDirectory::Open(Path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_EQ(second.error().message,
            "another bondd uses the state directory " + Path().native());
}

TEST_F(StateDirectoryTest, LetsTheNextOneHaveIt) {
  { ASSERT_TRUE(StateDirectory::Open(Path())); }
  EXPECT_TRUE(StateDirectory::Open(Path()));
}

TEST_F(StateDirectoryTest, RefusesADirectoryThatOthersCanWriteTo) {
  std::filesystem::create_directories(Path());
  ASSERT_EQ(::chmod(Path().c_str(), 0770), 0);
  const auto directory = StateDirectory::Open(Path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::kPermissionDenied);
}

TEST_F(StateDirectoryTest, SaysThatAFileIsInItsPlace) {
  std::filesystem::create_directories(Path().parent_path());
  std::ofstream(Path()) << "x";
  const auto directory = StateDirectory::Open(Path());
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().message.find(Path().native()), std::string::npos);
}

TEST_F(StateDirectoryTest, SaysThatItCannotBeMade) {
  const auto directory = StateDirectory::Open("/proc/self/bondd");
  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().message.find("/proc/self/bondd"),
            std::string::npos);
}

}  // namespace
}  // namespace bondd::bonds
