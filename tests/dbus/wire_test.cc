#include "dbus/wire.h"

#include <gtest/gtest.h>

namespace bondd::dbus {
namespace {

const std::string kReplacement = "\xEF\xBF\xBD";

TEST(WireTextTest, KeepsWhatIsUtf8) {
  for (const std::string text :
       {"", "plain",
        "K\xC3\xBC"
        "che",
        "\xE2\x82\xAC", "\xF0\x9F\x94\x91", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(ToUtf8(text), text);
  }
}

TEST(WireTextTest, ReplacesWhatIsNot) {
  EXPECT_EQ(ToUtf8("caf\xE9"), "caf" + kReplacement);
  EXPECT_EQ(ToUtf8(std::string("a\0b", 3)), "a" + kReplacement + "b");
  // An overlong form, a surrogate, and what is beyond U+10FFFF.
  EXPECT_EQ(ToUtf8("\xC0\x80"), kReplacement + kReplacement);
  EXPECT_EQ(ToUtf8("\xE0\x80\x80"), kReplacement + kReplacement + kReplacement);
  EXPECT_EQ(ToUtf8("\xED\xA0\x80"), kReplacement + kReplacement + kReplacement);
  EXPECT_EQ(ToUtf8("\xF4\x90\x80\x80"),
            kReplacement + kReplacement + kReplacement + kReplacement);
  // A sequence that is cut off, and one that is interrupted.
  EXPECT_EQ(ToUtf8("\xE2\x82"), kReplacement + kReplacement);
  EXPECT_EQ(ToUtf8("\xC3("
                   "x"),
            kReplacement + "(x");
}

TEST(WireTextTest, ShowsKeysInPrintableAsciiOfBoundedLength) {
  EXPECT_EQ(Printable("MaxKeySize"), "MaxKeySize");
  EXPECT_EQ(Printable("a\nb\x1B\x7F\xFF"), "a?b???");
  EXPECT_EQ(Printable(std::string(100, 'k')), std::string(64, 'k'));
}

}  // namespace
}  // namespace bondd::dbus
