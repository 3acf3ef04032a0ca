#include "daemon/command_line.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace bondd::daemon {
namespace {

std::expected<CommandLine, std::string> Parse(std::vector<std::string> words) {
  words.insert(words.begin(), "bondd");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  const int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  return ParseCommandLine(count, arguments.data());
}

std::string MistakeIn(std::vector<std::string> words) {
  const auto line = Parse(std::move(words));
  return line ? "" : line.error();
}

class CommandLineTest : public testing::Test {
 protected:
  void SetUp() override { unsetenv("STATE_DIRECTORY"); }
  void TearDown() override { unsetenv("STATE_DIRECTORY"); }
};

TEST_F(CommandLineTest, HasTheSystemBusAndTheUsualPlacesAsDefaults) {
  const auto line = Parse({});
  ASSERT_TRUE(line) << line.error();
  EXPECT_TRUE(line->adapters.empty());
  EXPECT_EQ(line->bus, "system");
  EXPECT_EQ(line->bus_name, "org.bondd");
  EXPECT_EQ(line->config, std::nullopt);
  EXPECT_EQ(line->state_directory, "/var/lib/bondd");
  EXPECT_EQ(line->log_level, LogLevel::kInfo);
  EXPECT_TRUE(line->wait);
  EXPECT_FALSE(line->help);
  EXPECT_FALSE(line->version);
}

TEST_F(CommandLineTest, TakesTheStateDirectoryThatSystemdMade) {
  setenv("STATE_DIRECTORY", "/run/elsewhere", 1);
  EXPECT_EQ(Parse({})->state_directory, "/run/elsewhere");
  EXPECT_EQ(Parse({"--state-dir", "/here"})->state_directory, "/here");
}

TEST_F(CommandLineTest, KeepsAdaptersInTheOrderGiven) {
  const auto line = Parse({"--adapter", "sim", "--adapter=hci1"});
  ASSERT_TRUE(line) << line.error();
  EXPECT_EQ(line->adapters, (std::vector<std::string>{"sim", "hci1"}));
}

TEST_F(CommandLineTest, RejectsAnAdapterThatIsGivenTwice) {
  EXPECT_EQ(MistakeIn({"--adapter", "hci1", "--adapter", "sim", "--adapter",
                       "sim", "--adapter", "hci1"}),
            "--adapter hci1: it is given twice");
}

TEST_F(CommandLineTest, TakesEveryOption) {
  const auto line =
      Parse({"--bus", "session", "--bus-name=org.other", "--config", "/c",
             "--log-level", "debug", "--no-wait", "--sim-listen", "unix:/a",
             "--sim-listen", "unix:/b", "--help", "--version"});
  ASSERT_TRUE(line) << line.error();
  EXPECT_EQ(line->bus, "session");
  EXPECT_EQ(line->bus_name, "org.other");
  EXPECT_EQ(line->config, "/c");
  EXPECT_EQ(line->log_level, LogLevel::kDebug);
  EXPECT_FALSE(line->wait);
  EXPECT_EQ(line->sim_listen, (std::vector<std::string>{"unix:/a", "unix:/b"}));
  EXPECT_TRUE(line->help);
  EXPECT_TRUE(line->version);
}

TEST_F(CommandLineTest, NamesTheOptionThatItDoesNotKnow) {
  EXPECT_EQ(MistakeIn({"--colour"}), "unknown option --colour");
  EXPECT_EQ(MistakeIn({"--adapter", "sim", "-x"}), "unknown option -x");
  EXPECT_EQ(MistakeIn({"--adapter", "sim", "-xy"}), "unknown option -x");
}

TEST_F(CommandLineTest, NamesTheOptionWhoseValueIsMissing) {
  EXPECT_EQ(MistakeIn({"--adapter"}), "option --adapter needs a value");
}

TEST_F(CommandLineTest, NamesTheArgumentThatNothingTakes) {
  EXPECT_EQ(MistakeIn({"sim"}), "sim: no such argument is taken");
}

TEST_F(CommandLineTest, RejectsAnUnknownLogLevelAndSaysWhichThereAre) {
  const std::string mistake = MistakeIn({"--log-level", "loud"});
  EXPECT_NE(mistake.find("--log-level loud"), std::string::npos) << mistake;
  EXPECT_NE(mistake.find("debug"), std::string::npos) << mistake;
}

TEST_F(CommandLineTest, RejectsASimulatedListenerThatIsNoUnixSocket) {
  const std::string mistake = MistakeIn({"--sim-listen", "tcp:localhost:1"});
  EXPECT_NE(mistake.find("unix:PATH"), std::string::npos) << mistake;
}

TEST_F(CommandLineTest, CanBeParsedTwice) {
  EXPECT_FALSE(Parse({"--colour"}));
  EXPECT_TRUE(Parse({"--no-wait"}));
}

TEST_F(CommandLineTest, HelpNamesEveryOption) {
  const std::string help = HelpText();
  for (const char* option :
       {"--adapter", "--sim-listen", "--bus ", "--bus-name", "--config",
        "--state-dir", "--log-level", "--no-wait", "--version", "--help"}) {
    EXPECT_NE(help.find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace bondd::daemon
