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
            "DBUS_SYSTEM_BUS_ADDRESS=" + world_.bus.address()};
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

// zsh without its line editor, which loses keys on a busy machine: what stands
// here for its completion system prints what it is offered. `compadd` takes
// names or, with -a, the name of a list of them; `compset -P '*,'` moves the
// front of the word out of the way.
constexpr char kCompletionSystem[] = R"(
emulate -R zsh
PREFIX=${words[CURRENT]}
offer() { print -rl -- ${(M)@:#${PREFIX}*} }
compset() { [[ $1 == -P && $2 == '*,' ]] && PREFIX=${PREFIX##*,} }
compadd() {
  case $1 in
    (-a) offer ${(P)2} ;;
    (-S) shift 2; offer "$@" ;;
    (-*) print -r -- "compadd $1?"; exit 1 ;;
    (*) offer "$@" ;;
  esac
}
_describe() { offer ${${(P)@[-1]}%%:*} }
_files() { print files }
)";

class ZshCompletionTest : public CompletionTest {
 protected:
  // What could stand for the last word, one on a line.
  std::string Complete(const std::string& words) {
    const auto zsh =
        Program({"zsh", "-f", "-c",
                 "words=(" + words + "); CURRENT=${#words}" +
                     kCompletionSystem + "source " + Place() + "/_bondctl"},
                Where::kPipes);
    EXPECT_EQ(zsh->AwaitExit(), 0) << words;
    EXPECT_EQ(zsh->Errors(), "") << words;
    return zsh->Output();
  }
};

TEST_F(ZshCompletionTest, KnowsCommandsOptionsAndValues) {
  EXPECT_EQ(Complete("bondctl initiate-p"), "initiate-pairing\n");
  EXPECT_EQ(Complete("bondctl tru"), "trust\n");
  EXPECT_EQ(Complete("bondctl ru"), "run\n");
  EXPECT_EQ(Complete("bondctl -a sim0 ru"), "run\n");
  EXPECT_EQ(Complete("bondctl run SM.init"),
            "SM.initiate_pairing\nSM.initiate_encryption\n");
  EXPECT_EQ(Complete("bondctl initiate-pairing --mit"), "--mitm\n");
  EXPECT_EQ(Complete("bondctl initiate-pairing --replace not"), "not-weaker\n");
  EXPECT_EQ(Complete("bondctl accept-pairing --methods JustWorks,Pass"),
            "PasskeyEntry\n");
  EXPECT_EQ(Complete("bondctl export wire"), "wireshark\nfiles\n");
}

TEST_F(ZshCompletionTest, AsksTheDaemonForAdaptersAndPeers) {
  PairWell();
  EXPECT_EQ(Complete("bondctl -a si"), "sim0\nsim1\n");
  EXPECT_EQ(Complete("bondctl -a sim0 remove-bonding 02"),
            "02:B0:DD:00:00:01\n");
}

}  // namespace
}  // namespace bondd::cli::test
