#include "bonds/json_source.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bondd::bonds {
namespace {

// What a parser gets to see, and what is hidden from it.
struct Seen {
  explicit Seen(std::string_view text,
                std::function<Result<void>()> pause = nullptr) {
    JsonSource source(text, std::move(pause));
    for (auto octet = source.begin(); octet != JsonSource::end(); ++octet) {
      shown += *octet;
      if (const auto one = source.TakeHidden()) hidden.emplace_back(*one);
    }
    obstacle = source.obstacle();
    read = source.position();
  }

  std::string shown;
  std::vector<std::string> hidden;
  std::optional<Error> obstacle;
  size_t read = 0;
};

TEST(JsonSourceTest, HidesTextsThatAreWrittenAsTheyAre) {
  const Seen seen(R"({"key":"00ff","n":7,"":"{[,:]}"})");
  EXPECT_EQ(seen.shown, R"({"":"","":7,"":""})");
  EXPECT_EQ(seen.hidden,
            (std::vector<std::string>{"key", "00ff", "n", "", "{[,:]}"}));
  EXPECT_FALSE(seen.obstacle);
}

TEST(JsonSourceTest, LeavesEveryOtherTextToTheParser) {
  for (const std::string text :
       {R"("a\"b")", R"("\\")", R"("\u0041")", "\"T\xC3\xBCr\"", "\"a\nb\"",
        "\"open", "\"open \\\"", "\"\x7F\""}) {
    const Seen seen(text);
    EXPECT_EQ(seen.shown, text);
    EXPECT_TRUE(seen.hidden.empty());
    EXPECT_EQ(seen.read, text.size());
  }
}

TEST(JsonSourceTest, KnowsWhereATextEnds) {
  const Seen seen(R"(["\\","a\"","b"])");
  EXPECT_EQ(seen.shown, R"(["\\","a\"",""])");
  EXPECT_EQ(seen.hidden, std::vector<std::string>{"b"});
}

TEST(JsonSourceTest, ShowsOneBlankForMany) {
  const std::string many = " \t\r\n" + std::string(1 << 20, ' ');
  const Seen seen(many + "[1" + many + "2]" + many);
  EXPECT_EQ(seen.shown, " [1 2] ");
  EXPECT_FALSE(seen.obstacle);
}

TEST(JsonSourceTest, EndsAtATokenThatIsTooLong) {
  constexpr size_t kLong = 100'000;
  for (const std::string& text :
       {std::string(kLong, '9'), '"' + std::string(kLong, '\xC3'),
        '"' + std::string(kLong, '\\') + '"'}) {
    const Seen seen(text);
    ASSERT_TRUE(seen.obstacle);
    EXPECT_EQ(seen.obstacle->code, ErrorCode::kInvalidArgument);
    EXPECT_LT(seen.read, kLong / 2);
  }
}

TEST(JsonSourceTest, PausesNowAndThen) {
  int pauses = 0;
  std::string text;
  while (text.size() < (1 << 20)) text += "[],";
  const Seen seen(text, [&]() -> Result<void> {
    ++pauses;
    return {};
  });
  EXPECT_GE(pauses, 3);
  EXPECT_EQ(seen.read, text.size());
}

TEST(JsonSourceTest, EndsWhenAPauseFails) {
  std::string text;
  while (text.size() < (1 << 20)) text += "[],";
  const Seen seen(text, []() -> Result<void> {
    return Fail(ErrorCode::kClosed, "enough");
  });
  ASSERT_TRUE(seen.obstacle);
  EXPECT_EQ(seen.obstacle->code, ErrorCode::kClosed);
  EXPECT_LT(seen.read, text.size());
}

}  // namespace
}  // namespace bondd::bonds
