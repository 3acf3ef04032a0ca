#include "config/ini_file.h"

#include <gtest/gtest.h>

#include "tests/config/support.h"

namespace bondd::config {
namespace {

using testing::Contains;
using testing::MessageOf;

class IniFileTest : public ::testing::Test {
 protected:
  Result<std::vector<Setting>> Read(std::string_view text) {
    return ReadIniFile(directory_.Write("test.conf", text));
  }

  testing::ConfigDirectory directory_;
};

TEST_F(IniFileTest, GivesEachSettingWithItsLine) {
  const auto settings = Read("# comment\n[A]\nOne=1\n\n; comment\nTwo = 2 \n");
  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->size(), 3u);
  EXPECT_EQ((*settings)[0].section, "A");
  EXPECT_EQ((*settings)[0].key, "");
  EXPECT_EQ((*settings)[0].line, 2);
  EXPECT_EQ((*settings)[1].key, "One");
  EXPECT_EQ((*settings)[1].value, "1");
  EXPECT_EQ((*settings)[1].line, 3);
  EXPECT_EQ((*settings)[2].key, "Two");
  EXPECT_EQ((*settings)[2].value, "2");
  EXPECT_EQ((*settings)[2].line, 6);
}

TEST_F(IniFileTest, TakesAFileWithoutAnything) {
  const auto settings = Read("");
  ASSERT_TRUE(settings);
  EXPECT_TRUE(settings->empty());
}

TEST_F(IniFileTest, TakesALastLineWithoutEnd) {
  const auto settings = Read("[A]\nOne=1");
  ASSERT_TRUE(settings);
  ASSERT_EQ(settings->size(), 2u);
  EXPECT_EQ((*settings)[1].value, "1");
}

TEST_F(IniFileTest, TakesLineEndsOfOtherSystemsAndAByteOrderMark) {
  const auto settings = Read("\xEF\xBB\xBF[A]\r\nOne=1\r\n");
  ASSERT_TRUE(settings) << MessageOf(settings);
  ASSERT_EQ(settings->size(), 2u);
  EXPECT_EQ((*settings)[1].value, "1");
}

TEST_F(IniFileTest, TakesALongComment) {
  EXPECT_TRUE(Read("#" + std::string(5000, 'x') + "\n[A]\n"));
}

TEST_F(IniFileTest, SaysOnWhichLineSomethingIsWrong) {
  const struct {
    std::string text;
    const char* message;
  } cases[] = {
      {"[A]\nOne\n", ":2: neither"},
      {"[A]\n=1\n", ":2: neither"},
      {"[A\nOne=1\n", ":1: the section has no closing bracket"},
      {"[A] B\n", ":1: there is something behind the section"},
      {"[A]\nOne=1\n  Two=2\n", ":3: the line begins with a blank"},
      {"[A]\nOne=" + std::string(500, 'x') + "\n", ":2: the line is longer"},
      {std::string("[A]\nO\0e=1\n", 10), ":2: the line holds a zero octet"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_TRUE(Contains(MessageOf(Read(text)), message))
        << MessageOf(Read(text));
  }
}

TEST_F(IniFileTest, SaysTheFirstOfSeveralThingsThatAreWrong) {
  EXPECT_TRUE(Contains(MessageOf(Read("One\n  Two=2\n[A")), ":1: "));
}

TEST_F(IniFileTest, SaysThatThereIsNoSuchFile) {
  const auto settings = ReadIniFile(directory_.path() / "absent.conf");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Contains(MessageOf(settings), "absent.conf"));
}

TEST_F(IniFileTest, RefusesADirectory) {
  const auto settings = ReadIniFile(directory_.path());
  ASSERT_FALSE(settings);
  EXPECT_TRUE(Contains(MessageOf(settings), "not a file"));
}

TEST_F(IniFileTest, RefusesAFileThatIsMuchTooLarge) {
  EXPECT_TRUE(
      Contains(MessageOf(Read(std::string((1 << 20) + 1, '\n'))), "larger"));
}

}  // namespace
}  // namespace bondd::config
