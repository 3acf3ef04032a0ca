#include "daemon/report.h"

#include <gtest/gtest.h>

#include "tests/daemon/find_value.h"

namespace bondd::daemon {
namespace {

using smp::FailureCause;
using smp::PairingFailedReason;

template <typename T>
std::optional<T> Get(const dbus::Dictionary& dictionary, std::string_view key) {
  const dbus::Value* value = test::FindValue(dictionary, key);
  if (value == nullptr || !std::holds_alternative<T>(*value)) return {};
  return std::get<T>(*value);
}

smp::PairingReport Success() {
  smp::PairingReport report;
  report.initiator = true;
  report.model = smp::AssociationModel::kNumericComparison;
  report.security = {
      .authenticated = true, .secure_connections = true, .key_size = 16};
  report.bonded = true;
  report.duration = std::chrono::milliseconds(120);
  return report;
}

smp::PairingReport Failure(FailureCause cause,
                           std::optional<PairingFailedReason> reason) {
  smp::PairingReport report;
  report.failure = smp::PairingFailure{.cause = cause,
                                       .reason = reason,
                                       .raw_reason = 0,
                                       .phase = "FeatureExchange"};
  return report;
}

TEST(ResultTest, TellsWhatAPairingGave) {
  const auto result = ResultOf(Success(), "/bond");
  EXPECT_EQ(Get<std::string>(result, "Status"), "ok");
  EXPECT_EQ(Get<bool>(result, "Initiator"), true);
  EXPECT_EQ(Get<std::string>(result, "Method"), "NumericComparison");
  EXPECT_EQ(Get<bool>(result, "SecureConnections"), true);
  EXPECT_EQ(Get<bool>(result, "Authenticated"), true);
  EXPECT_EQ(Get<uint8_t>(result, "KeySize"), 16);
  EXPECT_EQ(Get<uint8_t>(result, "SecurityLevel"), 4);
  EXPECT_EQ(Get<bool>(result, "Bonded"), true);
  EXPECT_EQ(Get<uint32_t>(result, "DurationMs"), 120u);
  EXPECT_EQ(test::FindValue(result, "Reason"), nullptr);
}

TEST(ResultTest, LeavesOutWhatIsNotKnown) {
  const auto result = ResultOf(
      Failure(FailureCause::kPeer, PairingFailedReason::kPairingNotSupported),
      "/");
  for (const char* key :
       {"Method", "SecureConnections", "KeySize", "SecurityLevel",
        "PairingRequest", "PairingResponse"}) {
    EXPECT_EQ(test::FindValue(result, key), nullptr) << key;
  }
}

TEST(ResultTest, TellsWhyAPairingFailed) {
  const auto result = ResultOf(
      Failure(FailureCause::kPeer, PairingFailedReason::kPairingNotSupported),
      "/");
  EXPECT_EQ(Get<std::string>(result, "Status"), "failed");
  EXPECT_EQ(Get<uint8_t>(result, "Reason"), 0x05);
  EXPECT_EQ(Get<std::string>(result, "ReasonName"), "PairingNotSupported");
  EXPECT_EQ(Get<std::string>(result, "Side"), "remote");
  EXPECT_EQ(Get<std::string>(result, "Phase"), "FeatureExchange");
}

TEST(ResultTest, NamesAPairingByEncryptionSo) {
  smp::PairingReport report = Success();
  report.by_encryption = true;
  EXPECT_EQ(Get<std::string>(ResultOf(report, "/bond"), "Method"),
            "Encryption");
}

TEST(ResultTest, TimeoutHasNoReasonCode) {
  const auto result = ResultOf(
      Failure(FailureCause::kTimeout, PairingFailedReason::kUnspecifiedReason),
      "/");
  EXPECT_EQ(Get<uint8_t>(result, "Reason"), 0);
  EXPECT_EQ(Get<std::string>(result, "Side"), "timeout");
}

struct ErrorCase {
  const char* name;
  FailureCause cause;
  const char* error;
};

class PairingErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(PairingErrorTest, SaysWhoseDoingItWas) {
  const auto error = ErrorOf(
      Failure(GetParam().cause, PairingFailedReason::kNumericComparisonFailed));
  EXPECT_EQ(error.name, GetParam().error);
  EXPECT_NE(error.message.find("phase FeatureExchange"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Causes, PairingErrorTest,
    testing::Values(
        ErrorCase{"Check", FailureCause::kCheck, "Smp.NumericComparisonFailed"},
        ErrorCase{"Peer", FailureCause::kPeer, "Smp.NumericComparisonFailed"},
        ErrorCase{"Refused", FailureCause::kRefused, "Rejected"},
        ErrorCase{"Canceled", FailureCause::kCanceled, "Canceled"},
        ErrorCase{"Timeout", FailureCause::kTimeout, "TimedOut"},
        ErrorCase{"LinkLost", FailureCause::kLinkLost, "LinkLost"},
        ErrorCase{"Store", FailureCause::kStore, "StoreFailed"},
        ErrorCase{"NotAchievable", FailureCause::kNotAchievable,
                  "NotAchievable"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(PairingErrorMessageTest, TellsReasonAndSide) {
  const auto error = ErrorOf(Failure(
      FailureCause::kPeer, PairingFailedReason::kNumericComparisonFailed));
  EXPECT_NE(error.message.find("0x0C"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("remote"), std::string::npos) << error.message;
}

TEST(PairingErrorMessageTest, ReasonOutsideTheTableIsUnknown) {
  smp::PairingReport report = Failure(FailureCause::kPeer, std::nullopt);
  report.failure->raw_reason = 0x77;
  EXPECT_EQ(ErrorOf(report).name, "Smp.Unknown");
  EXPECT_NE(ErrorOf(report).message.find("0x77"), std::string::npos);
}

TEST(OptionsReportTest, ShowsOnlyWhatIsSet) {
  EXPECT_TRUE(DescribeOptions({}).empty());
  smp::PairingOptions options;
  options.bonding = false;
  options.require_level = 3;
  const auto shown = DescribeOptions(options);
  EXPECT_EQ(shown.size(), 2u);
  EXPECT_EQ(Get<bool>(shown, "Bonding"), false);
  EXPECT_EQ(Get<uint8_t>(shown, "RequireLevel"), 3);
}

TEST(SecurityReportTest, LinkWithoutEncryptionHasLevelOne) {
  const auto shown = DescribeSecurity(std::nullopt);
  EXPECT_EQ(Get<bool>(shown, "Encrypted"), false);
  EXPECT_EQ(Get<uint8_t>(shown, "SecurityLevel"), 1);
}

}  // namespace
}  // namespace bondd::daemon
