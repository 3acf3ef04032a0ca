#include "bonds/set_aside.h"

#include <gtest/gtest.h>

#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::Must;
using testing::ReadWholeFile;
using testing::WriteWholeFile;

TEST(SetAsideTest, RenamesAFileTogetherWithItsLog) {
  const testing::TemporaryDirectory temporary;
  const StateDirectory directory = Must(StateDirectory::Open(temporary.path()));
  WriteWholeFile(directory.File("a"), "file");
  WriteWholeFile(directory.File("a-wal"), "log");
  EXPECT_EQ(Must(SetAside(directory, "a")),
            directory.File("a.damaged-1").native());
  EXPECT_FALSE(std::filesystem::exists(directory.File("a")));
  EXPECT_FALSE(std::filesystem::exists(directory.File("a-wal")));
  EXPECT_EQ(ReadWholeFile(directory.File("a.damaged-1")), "file");
  EXPECT_EQ(ReadWholeFile(directory.File("a.damaged-1-wal")), "log");
}

TEST(SetAsideTest, TakesTheFirstFreeNumber) {
  const testing::TemporaryDirectory temporary;
  const StateDirectory directory = Must(StateDirectory::Open(temporary.path()));
  for (const char* content : {"1", "2"}) {
    WriteWholeFile(directory.File("a"), content);
    Must(SetAside(directory, "a"));
  }
  EXPECT_EQ(ReadWholeFile(directory.File("a.damaged-1")), "1");
  EXPECT_EQ(ReadWholeFile(directory.File("a.damaged-2")), "2");
}

TEST(SetAsideTest, SaysThatThereAreTooMany) {
  const testing::TemporaryDirectory temporary;
  const StateDirectory directory = Must(StateDirectory::Open(temporary.path()));
  for (int i = 1; i <= 1000; ++i) {
    WriteWholeFile(directory.File(("a.damaged-" + std::to_string(i)).c_str()),
                   "");
  }
  WriteWholeFile(directory.File("a"), "file");
  const auto aside = SetAside(directory, "a");
  ASSERT_FALSE(aside);
  EXPECT_EQ(aside.error().code, ErrorCode::kLimit);
  EXPECT_EQ(ReadWholeFile(directory.File("a")), "file");
}

}  // namespace
}  // namespace bondd::bonds
