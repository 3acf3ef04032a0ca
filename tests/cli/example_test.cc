// The Python example of docs/, as a reader would start it.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

using daemon::test::TestAgent;

class ExampleTest : public BondctlTest {
 protected:
  // Pairs with a peer whose user has this capability, on a terminal.
  std::unique_ptr<Bondctl> Example(const std::string& capability) {
    const char* examples = getenv("EXAMPLES");
    if (examples == nullptr) throw std::runtime_error("where is EXAMPLES?");
    peer_user_.emplace(peripheral_, capability);
    Advertise();
    Accept();
    // Debian's own interpreter: it has the packages that the example names.
    return std::make_unique<Bondctl>(
        world_.loop,
        Words{std::string(examples) + "/pair.py", kPeripheralAddress,
              "--adapter", "sim0", "--bus", world_.bus.address()},
        Where::kTerminal, "/usr/bin/python3");
  }
  void ExpectPaired(Bondctl& example, const std::string& outcome) {
    EXPECT_EQ(example.AwaitExit(), 0) << example.Output();
    EXPECT_TRUE(example.Shows("Paired: " + outcome)) << example.Output();
  }

  std::optional<TestAgent> peer_user_;
};

TEST_F(ExampleTest, PairsThroughBondd) {
  ExpectPaired(*Example("NoInputNoOutput"), "JustWorks, level 2");
}

TEST_F(ExampleTest, ShowsThePasskeyToTypeAtTheDevice) {
  const auto example = Example("KeyboardOnly");
  AwaitShown(*example, "at the device");
  const std::string& shown = example->Output();
  const size_t number = shown.find("Type ") + 5;
  AwaitPrompt(kPeripheralPath, "passkey-input");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
                   Json::array({std::stoi(shown.substr(number, 6))})),
            "");
  ExpectPaired(*example, "PasskeyEntry, level 4");
}

TEST_F(ExampleTest, AsksForThePasskeyThatTheDeviceShows) {
  const auto example = Example("DisplayOnly");
  AwaitShown(*example, "Passkey that the device shows");
  const uint32_t passkey = peer_user_->Asked("DisplayPasskey").at(0).at(0);
  example->Type(std::to_string(passkey) + "\n");
  ExpectPaired(*example, "PasskeyEntry, level 4");
}

TEST_F(ExampleTest, AsksWhetherTheNumbersAreTheSame) {
  const auto example = Example("DisplayYesNo");
  AwaitShown(*example, "Never type it. yes/no");
  ASSERT_EQ(peer_user_->numbers().size(), 1u);
  EXPECT_TRUE(example->Shows(
      fmt::format("Does the device show {:06}?", peer_user_->numbers()[0])))
      << example->Output();
  example->Type("yes\n");
  ExpectPaired(*example, "NumericComparison, level 4");
}

TEST_F(ExampleTest, RefusesForAPersonWhoSaysNo) {
  const auto example = Example("DisplayYesNo");
  AwaitShown(*example, "yes/no");
  example->Type("no\n");
  EXPECT_EQ(example->AwaitExit(), 1) << example->Output();
  EXPECT_TRUE(example->Shows("Failed: Rejected")) << example->Output();
}

}  // namespace
}  // namespace bondd::cli::test
