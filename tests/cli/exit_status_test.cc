// Each exit status of bondctl, come by as people come by it, and the sentence
// that goes with it.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

using daemon::test::Answer;
using daemon::test::TestAgent;

constexpr char kNobody[] = "02:B0:DD:00:00:77";

class ExitStatusTest : public BondctlTest {
 protected:
  // On the central's adapter; one line of error that has all these parts.
  void Expect(int status, const Words& words,
              const std::vector<std::string>& parts) {
    const Ran ran = Run(On(kCentralPath, words));
    EXPECT_EQ(ran.status, status) << ran.errors;
    for (const std::string& part : parts) {
      EXPECT_NE(ran.errors.find(part), std::string::npos)
          << part << " in: " << ran.errors;
    }
    EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
  }
  void ExpectPairing(int status, Words options,
                     const std::vector<std::string>& parts) {
    options.insert(options.begin(), {"initiate-pairing", kPeripheralAddress});
    Expect(status, options, parts);
  }
};

TEST_F(ExitStatusTest, NegativeAnswersAre1) {
  Expect(1, {"remove-bonding", kNobody}, {kNobody, "bondctl bonds"});
}

TEST_F(ExitStatusTest, UsageIs2) {
  ExpectPairing(2, {"--io-cap", "9"}, {"--io-cap"});
  ExpectPairing(2, {"--methods", "Guessing"}, {"Methods"});
}

TEST_F(ExitStatusTest, AdapterThatIsNotThereIs3) {
  const Ran ran = Run({"-a", "sim7", "disconnect", kNobody});
  EXPECT_EQ(ran.status, 3) << ran.errors;
}

TEST_F(ExitStatusTest, CallerWhoMayNotIs4) {
  // A program of its own changes the user: what is one user's in part can't be
  // looked into by the leak checker.
  Words words = On(kCentralPath, {"trust"});
  words.insert(words.begin(),
               {"--reuid=1", "--regid=1", "--clear-groups",
                std::getenv("BONDCTL"), "--bus", world_.bus.address()});
  Bondctl bondctl(world_.loop, words, Where::kPipes, "/usr/bin/setpriv");
  EXPECT_EQ(bondctl.AwaitExit(), 4);
  EXPECT_NE(bondctl.Errors().find("only root"), std::string::npos)
      << bondctl.Errors();
}

TEST_F(ExitStatusTest, LinkThatIsNotThereIs5) {
  Expect(5, {"disconnect", kNobody}, {"bondctl connections"});
}

TEST_F(ExitStatusTest, PeerThatIsNotThereIs6) {
  Expect(6, {"connect", kNobody, "--timeout", "1s"},
         {"check that the peer is near"});
}

TEST_F(ExitStatusTest, RefusalHereIs7) {
  TestAgent first(central_, "DisplayYesNo");
  TestAgent second(peripheral_, "DisplayYesNo");
  first.make_default();
  first.set_answer(Answer::kRefuse);
  Advertise();
  Accept();
  ExpectPairing(7, {"--io-cap", "DisplayYesNo"},
                {"at the step NumericComparison", "this side ended it",
                 "NumericComparisonFailed (0x0C)", "accept on this side"});
}

TEST_F(ExitStatusTest, OptionsThatContradictAre8) {
  ExpectPairing(8, {"--sc", "0", "--require-level", "4"},
                {"RequireLevel 4 needs", "change the options"});
}

TEST_F(ExitStatusTest, StoreThatCannotBeWrittenIs9) {
  // Less than it has already.
  rlimit limit{};
  ASSERT_EQ(prlimit(bondd_->pid(), RLIMIT_FSIZE, nullptr, &limit), 0);
  limit.rlim_cur = 8192;
  ASSERT_EQ(prlimit(bondd_->pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  Advertise();
  Accept();
  ExpectPairing(9, {}, {"look at the disk"});
}

TEST_F(ExitStatusTest, ReasonsOfThePeerAre64AndMore) {
  SetProperty(central_, kCentralPath, "RepeatedAttempts",
              {{"First", 1}, {"Max", 1}});
  SetProperty(peripheral_, kPeripheralPath, "RepeatedAttempts",
              {{"First", 1}, {"Max", 1}});
  Advertise();
  ExpectPairing(64 + 0x05, {},
                {"at the step FeatureExchange", "the peer ended it",
                 "PairingNotSupported (0x05)", "make the peer pairable"});
  Accept({{"SecureConnections", "only"}, {"Count", 9}});
  ExpectPairing(64 + 0x03, {"--sc", "0"},
                {"the peer ended it", "AuthenticationRequirements (0x03)",
                 "--io-cap and --mitm"});
  Accept({{"MinKeySize", 7}, {"MaxKeySize", 7}, {"Count", 9}});
  ExpectPairing(
      64 + 0x06, {},
      {"this side ended it", "EncryptionKeySize (0x06)", "--min-key-size"});
}

}  // namespace
}  // namespace bondd::cli::test
