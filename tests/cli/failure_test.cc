#include "cli/failure.h"

#include <gtest/gtest.h>

#include <map>

namespace bondd::cli {
namespace {

int StatusOfBondd(const std::string& name, const std::string& message = "") {
  return StatusOf({"org.bondd.Error." + name, message, nullptr});
}

TEST(FailureTest, GivesEachErrorOfTheApiItsExitStatus) {
  const std::map<std::string, int> statuses = {
      {"InvalidArguments", 2},  {"NotReady", 3},
      {"AdapterBusy", 3},       {"AdapterGone", 3},
      {"NotAuthorized", 4},     {"NotConnected", 5},
      {"LinkLost", 5},          {"TimedOut", 6},
      {"Canceled", 7},          {"Rejected", 7},
      {"NotAchievable", 8},     {"NotSupported", 8},
      {"AgentNotAvailable", 8}, {"StoreFailed", 9},
      {"InProgress", 1},        {"Busy", 1},
      {"BadState", 1},          {"WrongRole", 1},
      {"DoesNotExist", 1},      {"KeyMissing", 1}};
  for (const auto& [name, status] : statuses) {
    EXPECT_EQ(StatusOfBondd(name), status) << name;
  }
}

TEST(FailureTest, AddsTheReasonOfAnSmpFailureTo64) {
  EXPECT_EQ(StatusOfBondd("Smp.PasskeyEntryFailed"), 64 + 0x01);
  EXPECT_EQ(StatusOfBondd("Smp.OobNotAvailable"), 64 + 0x02);
  EXPECT_EQ(StatusOfBondd("Smp.AuthenticationRequirements"), 64 + 0x03);
  EXPECT_EQ(StatusOfBondd("Smp.ConfirmValueFailed"), 64 + 0x04);
  EXPECT_EQ(StatusOfBondd("Smp.PairingNotSupported"), 64 + 0x05);
  EXPECT_EQ(StatusOfBondd("Smp.EncryptionKeySize"), 64 + 0x06);
  EXPECT_EQ(StatusOfBondd("Smp.CommandNotSupported"), 64 + 0x07);
  EXPECT_EQ(StatusOfBondd("Smp.UnspecifiedReason"), 64 + 0x08);
  EXPECT_EQ(StatusOfBondd("Smp.RepeatedAttempts"), 64 + 0x09);
  EXPECT_EQ(StatusOfBondd("Smp.InvalidParameters"), 64 + 0x0A);
  EXPECT_EQ(StatusOfBondd("Smp.DhKeyCheckFailed"), 64 + 0x0B);
  EXPECT_EQ(StatusOfBondd("Smp.NumericComparisonFailed"), 64 + 0x0C);
  EXPECT_EQ(StatusOfBondd("Smp.BrEdrPairingInProgress"), 64 + 0x0D);
  EXPECT_EQ(StatusOfBondd("Smp.CrossTransportNotAllowed"), 64 + 0x0E);
  EXPECT_EQ(StatusOfBondd("Smp.KeyRejected"), 64 + 0x0F);
  EXPECT_EQ(StatusOfBondd("Smp.Busy"), 64 + 0x10);
}

TEST(FailureTest, TakesAnUnknownReasonFromTheMessageAndStaysWithin255) {
  EXPECT_EQ(StatusOfBondd("Smp.Unknown", "Smp.Unknown: reason 0x2A Unknown"),
            64 + 0x2A);
  EXPECT_EQ(StatusOfBondd("Smp.Unknown", "Smp.Unknown: reason 0xFF Unknown"),
            255);
  EXPECT_EQ(StatusOfBondd("Smp.Unknown", "Smp.Unknown"), 64);
}

TEST(FailureTest, TellsRefusalByTheBusFromADaemonThatIsNotThere) {
  const std::string prefix = "org.freedesktop.DBus.Error.";
  EXPECT_EQ(StatusOf({prefix + "AccessDenied", "", nullptr}), kNotAuthorized);
  EXPECT_EQ(StatusOf({prefix + "ServiceUnknown", "", nullptr}), kNoDaemon);
  EXPECT_EQ(StatusOf({prefix + "NoReply", "", nullptr}), kNoDaemon);
  EXPECT_EQ(StatusOf({prefix + "Spawn.ChildExited", "", nullptr}), kNoDaemon);
  EXPECT_EQ(StatusOf({prefix + "UnknownObject", "", nullptr}), kNotConnected);
}

TEST(FailureTest, SaysWhichSideWhyAtWhichStepAndWhatToTry) {
  const Failure failure{"org.bondd.Error.Smp.ConfirmValueFailed",
                        "",
                        {{"Status", "failed"},
                         {"Side", "remote"},
                         {"Reason", 4},
                         {"ReasonName", "ConfirmValueFailed"},
                         {"Phase", "PasskeyEntry"}}};
  EXPECT_EQ(Explain(failure),
            "pairing failed at the step PasskeyEntry: the peer ended it, "
            "reason ConfirmValueFailed (0x04); pair again with the right "
            "passkey or data");
}

TEST(FailureTest, GivesEachReasonOfThePeerSomethingToTry) {
  for (const char* reason :
       {"PasskeyEntryFailed", "OobNotAvailable", "AuthenticationRequirements",
        "ConfirmValueFailed", "PairingNotSupported", "EncryptionKeySize",
        "CommandNotSupported", "UnspecifiedReason", "RepeatedAttempts",
        "InvalidParameters", "DhKeyCheckFailed", "NumericComparisonFailed",
        "BrEdrPairingInProgress", "CrossTransportNotAllowed", "KeyRejected",
        "Busy", "Unknown"}) {
    const std::string told = Explain(
        {std::string("org.bondd.Error.Smp.") + reason, "what", nullptr});
    EXPECT_TRUE(told.starts_with("what; ")) << told;
    EXPECT_GT(told.size(), std::string("what; ").size()) << reason;
  }
}

TEST(FailureTest, SaysWhoGivesAControllerTheBondsAgain) {
  EXPECT_EQ(Explain({"org.bondd.Error.NotAuthorized",
                     "NotAuthorized: Trusted: another controller", nullptr}),
            "Trusted: another controller; if you moved or replaced it: bondctl "
            "trust, as root");
}

TEST(FailureTest, DoesNotRepeatTheNameThatMessagesBeginWith) {
  const Failure failure{"org.bondd.Error.DoesNotExist",
                        "DoesNotExist: no bond with X", nullptr};
  EXPECT_EQ(Explain(failure),
            "no bond with X; bondctl bonds lists what is there");
}

TEST(FailureTest, DescribesItselfForPrograms) {
  const Json json = Describe(
      {"org.bondd.Error.Smp.Busy", "Smp.Busy: reason 0x10", {{"Reason", 16}}});
  EXPECT_EQ(json["Status"], "failed");
  EXPECT_EQ(json["Error"], "Smp.Busy");
  EXPECT_EQ(json["Reason"], 16);
  EXPECT_EQ(json["ExitStatus"], 80);
}

}  // namespace
}  // namespace bondd::cli
