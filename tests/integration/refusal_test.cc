// A Numeric Comparison that one of the two users refuses fails on both sides.

#include <gtest/gtest.h>

#include "tests/integration/fixture.h"

namespace bondd::integration {
namespace {

// [Vol 3, Part H] 3.5.5, Table 3.7
constexpr int kNumericComparisonFailed = 0x0C;
constexpr int kUnspecifiedReason = 0x08;

class RefusalTest : public DaemonTest {
 protected:
  static constexpr KernelSettings kSettings = {
      .io_capability = smp::IoCapability::kDisplayYesNo};

  // Nothing of the pairing is left on either side.
  void ExpectNothingKept() {
    Await(
        [&] {
          return kernel_.authentication_failures() > 0 ||
                 kernel_.PairingStatus() != mgmt::Status::kNone;
        },
        "the failure at the kernel");
    EXPECT_TRUE(kernel_.long_term_keys().empty());
    EXPECT_FALSE(IsBonded());
  }

  static void ExpectFailure(const Json& result, int reason,
                            const std::string& side) {
    EXPECT_EQ(result.at("Status"), "failed") << result;
    EXPECT_EQ(result.at("Reason"), reason) << result;
    EXPECT_EQ(result.at("Side"), side) << result;
  }
};

TEST_F(RefusalTest, OfOurUserFailsThePairingThatBonddStarted) {
  Start(kSettings);
  Agent agent(bus_, "DisplayYesNo");
  agent.set_answer(Answer::kRefuse);
  kernel_.StartAdvertising();
  const auto call = StartPairing();
  Await(*call);
  EXPECT_EQ(call->error(), "org.bondd.Error.Rejected") << call->message();
  ExpectFailure(AwaitCompletion(), kNumericComparisonFailed, "local");
  Await([&] { return kernel_.authentication_failures() > 0; },
        "the failure at the kernel");
  ExpectNothingKept();
}

TEST_F(RefusalTest, OfTheKernelsUserFailsThePairingThatBonddStarted) {
  Start(kSettings);
  Agent agent(bus_, "DisplayYesNo");
  kernel_.set_answer(Answer::kRefuse);
  kernel_.StartAdvertising();
  const auto call = StartPairing();
  Await(*call);
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.NumericComparisonFailed")
      << call->message();
  ExpectFailure(AwaitCompletion(), kNumericComparisonFailed, "remote");
  ExpectNothingKept();
}

TEST_F(RefusalTest, OfOurUserFailsThePairingThatTheKernelStarted) {
  Start(kSettings);
  Agent agent(bus_, "DisplayYesNo");
  agent.set_answer(Answer::kRefuse);
  AcceptPairing();
  kernel_.StartPairing(DaemonAddress());
  ExpectFailure(AwaitCompletion(), kNumericComparisonFailed, "local");
  Await([&] { return kernel_.PairingStatus() != mgmt::Status::kNone; },
        "the kernel's reply");
  EXPECT_EQ(kernel_.PairingStatus(), mgmt::Status::kAuthenticationFailed);
  ExpectNothingKept();
}

TEST_F(RefusalTest, OfTheKernelsUserFailsThePairingThatTheKernelStarted) {
  Start(kSettings);
  Agent agent(bus_, "DisplayYesNo");
  kernel_.set_answer(Answer::kRefuse);
  AcceptPairing();
  kernel_.StartPairing(DaemonAddress());
  ExpectFailure(AwaitCompletion(), kNumericComparisonFailed, "remote");
  ExpectNothingKept();
}

TEST_F(RefusalTest, ByCancellingTellsTheKernel) {
  Start(kSettings);
  Agent agent(bus_, "DisplayYesNo");
  agent.set_answer(Answer::kNone);
  kernel_.StartAdvertising();
  const auto call = StartPairing();
  Await([&] { return !agent.numbers_shown().empty(); }, "the question");

  bus_.Must(AwaitConnection(), kConnectionInterface, "CancelPairing");

  Await(*call);
  EXPECT_EQ(call->error(), "org.bondd.Error.Canceled") << call->message();
  ExpectFailure(AwaitCompletion(), kUnspecifiedReason, "local");
  Await([&] { return !agent.withdrawn().empty(); }, "the question's end");
  Await([&] { return kernel_.authentication_failures() > 0; },
        "the failure at the kernel");
  ExpectNothingKept();
}

}  // namespace
}  // namespace bondd::integration
