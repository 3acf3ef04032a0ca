// The completions for bash and zsh, as the shells run them, beside the real
// bondctl and bondd.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

class CompletionTest : public BondctlTest {
 protected:
  // `variable` of the environment.
  static std::string Given(const char* variable) {
    const char* value = getenv(variable);
    if (value == nullptr) throw std::runtime_error(variable);
    return value;
  }
  // env(1) with what the completions need: bondctl, and a bus without --bus.
  Words Environment() {
    const std::filesystem::path bondctl = Given("BONDCTL");
    return {"PATH=" + bondctl.parent_path().native() + ":" + Given("PATH"),
            "DBUS_SYSTEM_BUS_ADDRESS=" + world_.bus.address(), "TERM=vt100"};
  }
  std::unique_ptr<Bondctl> Program(const Words& words, Where where) {
    Words all = Environment();
    all.insert(all.end(), words.begin(), words.end());
    return std::make_unique<Bondctl>(world_.loop, all, where, "/usr/bin/env");
  }
  static std::string Place() { return Given("COMPLETIONS"); }
};

class BashCompletionTest : public CompletionTest {
 protected:
  // What could stand for the last word, one on a line.
  std::string Complete(const std::string& words) {
    const auto bash =
        Program({"bash", "--norc", "-c",
                 "source " + Place() + "/bondctl.bash; COMP_WORDS=(" + words +
                     "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _bondctl; "
                     "printf '%s\\n' \"${COMPREPLY[@]}\""},
                Where::kPipes);
    EXPECT_EQ(bash->AwaitExit(), 0);
    EXPECT_EQ(bash->Errors(), "");
    return bash->Output();
  }
};

TEST_F(BashCompletionTest, KnowsCommandsOptionsAndValues) {
  EXPECT_EQ(Complete("bondctl initiate-p"), "initiate-pairing\n");
  EXPECT_EQ(Complete("bondctl tru"), "trust\n");
  EXPECT_EQ(Complete("bondctl initiate-pairing --mit"), "--mitm\n");
  EXPECT_EQ(Complete("bondctl initiate-pairing --replace not"), "not-weaker\n");
  EXPECT_EQ(Complete("bondctl accept-pairing --methods JustWorks,Pass"),
            "JustWorks,PasskeyEntry\n");
  EXPECT_EQ(Complete("bondctl export wire"), "wireshark\n");
}

TEST_F(BashCompletionTest, AsksTheDaemonForAdaptersAndPeers) {
  PairWell();
  EXPECT_EQ(Complete("bondctl -a si"), "sim0\nsim1\n");
  EXPECT_EQ(Complete("bondctl -a sim0 remove-bonding 02"),
            "02:B0:DD:00:00:01\n");
}

class ZshCompletionTest : public CompletionTest {
 protected:
  void SetUp() override {
    CompletionTest::SetUp();
    zsh_ = Program({"zsh", "-f", "-i"}, Where::kTerminal);
    // Control-X shows the line as it stands, between marks that are not typed.
    zsh_->Type("PS1=; fpath=(" + Place() +
               " $fpath); autoload -Uz compinit; compinit -u -D; "
               "show() { zle -I; print -r -- \"<\"\"$BUFFER>\" }; zle -N show; "
               "bindkey '^X' show; print READ\"\"Y\n");
    AwaitShown(*zsh_, "READY");
  }
  // Types, completes, and waits until the line is this; then clears it.
  void ExpectCompleted(const std::string& typed, const std::string& line) {
    zsh_->Type(typed + "\t\x18");
    AwaitShown(*zsh_, "<" + line + ">");
    zsh_->Type("\x15");
  }

  std::unique_ptr<Bondctl> zsh_;
};

TEST_F(ZshCompletionTest, KnowsCommandsOptionsAndValues) {
  ExpectCompleted("bondctl initiate-p", "bondctl initiate-pairing ");
  ExpectCompleted("bondctl initiate-pairing --mit",
                  "bondctl initiate-pairing --mitm ");
  ExpectCompleted("bondctl initiate-pairing --replace not",
                  "bondctl initiate-pairing --replace not-weaker ");
  ExpectCompleted("bondctl accept-pairing --methods JustWorks,Pass",
                  "bondctl accept-pairing --methods JustWorks,PasskeyEntry");
  ExpectCompleted("bondctl export wire", "bondctl export wireshark ");
}

TEST_F(ZshCompletionTest, AsksTheDaemonForAdaptersAndPeers) {
  PairWell();
  ExpectCompleted("bondctl -a sim0 tru", "bondctl -a sim0 trust ");
  ExpectCompleted("bondctl -a sim0 remove-bonding 02",
                  "bondctl -a sim0 remove-bonding 02:B0:DD:00:00:01 ");
}

}  // namespace
}  // namespace bondd::cli::test
