#include "config/config.h"

#include <gtest/gtest.h>

#include "tests/config/support.h"

namespace bondd::config {
namespace {

using testing::Contains;
using testing::MessageOf;

class ConfigTest : public ::testing::Test {
 protected:
  Result<Config> LoadText(std::string_view text) {
    return Load(directory_.Write("bondd.conf", text), true);
  }

  testing::ConfigDirectory directory_;
};

TEST_F(ConfigTest, HasDefaultsForAllThatIsNotSaid) {
  const auto config = LoadText("");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->adapters.empty());
  EXPECT_EQ(config->max_bonds, 1024u);
  EXPECT_EQ(config->max_pairings, 64);
  EXPECT_FALSE(config->allow_fixed_passkey);
  EXPECT_TRUE(config->legacy_passkey_authenticated);
  EXPECT_EQ(config->privacy, Privacy::kOff);
}

TEST_F(ConfigTest, LaysDropInsOverTheFileInTheOrderOfTheirNames) {
  directory_.Write("bondd.conf.d/20-b.conf", "[Bonds]\nMaxBonds=30\n");
  directory_.Write("bondd.conf.d/10-a.conf",
                   "[Bonds]\nMaxBonds=20\n[Privacy]\nMode=device\n");
  directory_.Write("bondd.conf.d/README", "not read\n");
  directory_.Write("bondd.conf.d/.30-c.conf", "not read\n");
  const auto config = LoadText("[Adapters]\nUse=hci0\n[Bonds]\nMaxBonds=10\n");
  ASSERT_TRUE(config) << MessageOf(config);
  EXPECT_EQ(config->max_bonds, 30u);
  EXPECT_EQ(config->privacy, Privacy::kDevice);
  EXPECT_EQ(config->adapters.size(), 1u);
}

TEST_F(ConfigTest, NamesTheDropInThatIsWrong) {
  directory_.Write("bondd.conf.d/10-a.conf", "\n[Bonds]\nMaxBond=20\n");
  EXPECT_TRUE(Contains(MessageOf(LoadText("")),
                       "bondd.conf.d/10-a.conf:3: [Bonds] MaxBond: unknown"));
}

TEST_F(ConfigTest, DoesWithoutAFileThatNobodyAskedFor) {
  directory_.Write("bondd.conf.d/10-a.conf", "[Bonds]\nMaxBonds=20\n");
  const auto config = Load(directory_.path() / "bondd.conf", false);
  ASSERT_TRUE(config) << MessageOf(config);
  EXPECT_EQ(config->max_bonds, 20u);
}

TEST_F(ConfigTest, SaysThatAFileThatWasAskedForIsNotThere) {
  const auto config = Load(directory_.path() / "bondd.conf", true);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Contains(MessageOf(config), "bondd.conf"));
}

TEST_F(ConfigTest, RefusesAnUnknownSectionEvenWithoutKeys) {
  EXPECT_TRUE(Contains(MessageOf(LoadText("[Bonds]\n[Bounds]\n")),
                       ":2: [Bounds]: unknown section"));
}

TEST_F(ConfigTest, RefusesASettingBeforeTheFirstSection) {
  EXPECT_TRUE(Contains(MessageOf(LoadText("MaxBonds=1\n")),
                       ":1: [] MaxBonds: unknown section"));
}

TEST_F(ConfigTest, RefusesAKeyThatIsSetTwiceInOneFile) {
  EXPECT_TRUE(
      Contains(MessageOf(LoadText("[Bonds]\nMaxBonds=1\n[Privacy]\n[Bonds]\n"
                                  "MaxBonds=1\n")),
               ":5: [Bonds] MaxBonds: set twice (first on line 2)"));
}

TEST_F(ConfigTest, RefusesSettingsThatContradictEachOther) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"[Pairing]\nMinKeySize=16\nMaxKeySize=10\n",
       "MinKeySize is greater than MaxKeySize"},
      {"[Pairing]\nRequireLevel=2\nMaxKeySize=10\n",
       ":3: [Pairing] MaxKeySize: MinKeySize is greater than MaxKeySize"},
      {"[Pairing]\nRequireLevel=4\nSecureConnections=off\n",
       ":2: [Pairing] RequireLevel: RequireLevel 4 needs"},
      {"[Pairing]\nRequireLevel=3\nIoCapability=NoInputNoOutput\n",
       "needs an IoCapability other than"},
      {"[RepeatedAttempts]\nFirst=100000\n",
       ":2: [RepeatedAttempts] First: First is greater than Max"},
      {"[Adapters]\nUse=hci0 sim sim hci0\n",
       ":2: [Adapters] Use: Use names hci0 twice"},
  };
  for (const auto& [text, message] : cases) {
    const auto config = LoadText(text);
    EXPECT_TRUE(Contains(MessageOf(config), message)) << MessageOf(config);
  }
}

TEST_F(ConfigTest, LeavesToTheAgentWhatTheAgentCanMakePossible) {
  EXPECT_TRUE(LoadText("[Pairing]\nRequireLevel=3\n"));
}

TEST_F(ConfigTest, LooksForContradictionsWhenAllFilesAreRead) {
  directory_.Write("bondd.conf.d/10-a.conf", "[Pairing]\nMinKeySize=7\n");
  EXPECT_TRUE(LoadText("[Pairing]\nMaxKeySize=10\n"));
}

}  // namespace
}  // namespace bondd::config
