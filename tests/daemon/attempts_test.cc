// Repeated attempts: a failed pairing makes the next one wait.

#include <algorithm>

#include "smp/repeated_attempts.h"
#include "tests/daemon/pair.h"
#include "tests/daemon/peer.h"

namespace bondd::daemon::test {
namespace {

class AttemptsTest : public PairTest {
 protected:
  void SetUp() override {
    PairTest::SetUp();
    first_ = std::make_unique<TestAgent>(central_, "KeyboardOnly");
    second_ = std::make_unique<TestAgent>(peripheral_, "KeyboardOnly");
    first_->set_passkey(1);
    second_->set_passkey(2);
    Advertise();
    Accept({{"Count", 10}});
  }

  void Let(BusClient& user, const std::string& adapter, uint32_t wait_ms) {
    SetProperty(user, adapter, "RepeatedAttempts",
                {{"First", wait_ms}, {"Max", wait_ms}});
  }

  void Connect() {
    Advertise();
    Do(central_, kCentralPath, "Connect", "ssa{sv}",
       Json::array({kPeripheralAddress, "public", {{"Encrypt", "no"}}}));
    Await([&] { return !LinkOf(kPeripheralPath).empty(); });
  }

  // By the peripheral.
  std::unique_ptr<Call> StartRequest(const Json& options) {
    return peripheral_.Start(LinkOf(kPeripheralPath), kConnection,
                             "SendSecurityRequest", "a{sv}",
                             Json::array({options}));
  }
  std::string RequestSecurity(const Json& options = Json::object()) {
    return OnLink(peripheral_, kPeripheralPath, "SendSecurityRequest", "a{sv}",
                  Json::array({options}));
  }

  std::unique_ptr<TestAgent> first_;
  std::unique_ptr<TestAgent> second_;
  BusClient other_{world_.loop, world_.bus.address()};
};

constexpr uint32_t kLong = 60'000;  // ms

TEST_F(AttemptsTest, PeerThatComesTooSoonGetsRepeatedAttempts) {
  Let(central_, kCentralPath, 1);
  Let(peripheral_, kPeripheralPath, kLong);
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  EXPECT_EQ(PairingError(), "Smp.RepeatedAttempts");
  const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(there["Reason"], 0x09);
  EXPECT_EQ(there["Side"], "local");
}

// Row 46 of the catalogue of attacks.
TEST_F(AttemptsTest, Row46_NewLinkDoesNotShortenTheWait) {
  Let(central_, kCentralPath, 1);
  Let(peripheral_, kPeripheralPath, kLong);
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(OnLink(central_, kCentralPath, "Disconnect"), "");
    Await([&] {
      return LinkOf(kCentralPath).empty() && LinkOf(kPeripheralPath).empty();
    });
    EXPECT_EQ(PairingError(), "Smp.RepeatedAttempts");
  }
}

// [Vol 3, Part H] 2.3.6: Security Requests wait as Pairing Requests do, ours
// and the peer's.
TEST_F(AttemptsTest, SecurityRequestOfOursWaitsForItsTurn) {
  constexpr uint32_t kShort = 300;
  Let(central_, kCentralPath, 1);
  Let(peripheral_, kPeripheralPath, kShort);
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  second_->set_passkey(1);
  EXPECT_EQ(OnLink(central_, kCentralPath, "AcceptPairing", "a{sv}",
                   Json::array({Json::object()})),
            "");
  EXPECT_EQ(RequestSecurity(), "");
}

TEST_F(AttemptsTest, SecurityRequestOfOursFailsAtOnceWithTooShortATime) {
  Let(central_, kCentralPath, 1);
  Let(peripheral_, kPeripheralPath, kLong);
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  const size_t heard = central_.signals().size();
  EXPECT_EQ(RequestSecurity({{"TimeoutMs", 5000}}), "Smp.RepeatedAttempts");
  // Nothing was sent that the central could have heard of.
  LinkProperty(kCentralPath, "Encrypted");
  for (size_t i = heard; i < central_.signals().size(); ++i) {
    EXPECT_NE(central_.signals()[i].member, "SecurityRequested");
  }
}

TEST_F(AttemptsTest, SecurityRequestThatFailedIsAnAttempt) {
  Let(peripheral_, kPeripheralPath, kLong);
  Connect();
  // The central has nobody to ask.
  EXPECT_EQ(RequestSecurity(), "Smp.PairingNotSupported");
  EXPECT_EQ(RequestSecurity({{"TimeoutMs", 5000}}), "Smp.RepeatedAttempts");
}

// Whoever ends the waiting: no pairing has failed, and nothing was tried.
TEST_F(AttemptsTest, SecurityRequestThatIsNotAnsweredIsNone) {
  Let(peripheral_, kPeripheralPath, kLong);
  // To this side it is one.
  SetProperty(central_, kCentralPath, "RepeatedAttempts",
              {{"MaxAttempts", 255}});
  first_->set_answer(Answer::kNone);
  first_->make_default();
  Connect();
  const Json soon = {{"TimeoutMs", 100}};
  EXPECT_EQ(RequestSecurity(soon), "TimedOut");
  const auto request = StartRequest(soon);
  EXPECT_EQ(OnLink(central_, kCentralPath, "Disconnect"), "");
  Await([&] { return request->done() && LinkOf(kPeripheralPath).empty(); });
  Connect();
  EXPECT_EQ(RequestSecurity(soon), "TimedOut");
  second_->set_passkey(1);
  EXPECT_EQ(PairingError(), "");
}

// On the other side it is: a user who does not react is not asked over and
// over.
TEST_F(AttemptsTest, SecurityRequestThatTheUserLeftOpenIsNotAskedAboutAgain) {
  Let(central_, kCentralPath, kLong);
  first_->set_answer(Answer::kNone);
  first_->make_default();
  Connect();
  const auto request = StartRequest(Json::object());
  AwaitPrompt(kCentralPath, "consent");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "Disconnect"), "");
  Await([&] { return request->done() && LinkOf(kCentralPath).empty(); });
  Connect();
  EXPECT_EQ(RequestSecurity(), "Smp.RepeatedAttempts");
  EXPECT_EQ(first_->consents_asked(), 1u);
}

TEST_F(AttemptsTest, SecurityRequestOfThePeerThatComesTooSoonPairsNobody) {
  Let(central_, kCentralPath, kLong);
  Let(peripheral_, kPeripheralPath, 1);
  first_->make_default();
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  second_->set_passkey(1);
  EXPECT_EQ(RequestSecurity(), "Smp.RepeatedAttempts");
  EXPECT_EQ(first_->consents_asked(), 0u);
  EXPECT_FALSE(Encrypted(kCentralPath));
}

// Row 19: an impostor that refuses the bond's key can't put off the user's own
// pairing with the real peer, as no pairing has failed. BLERP
TEST_F(AttemptsTest, Row19_RefusedKeysDoNotDelayTheUsersOwnPairing) {
  first_->set_passkey(2);
  EXPECT_EQ(PairingError(), "");
  AwaitCompleted(peripheral_, kPeripheralPath);
  const auto part = [&] {
    Await([&] {
      return LinkOf(kCentralPath).empty() && LinkOf(kPeripheralPath).empty();
    });
  };
  Do(peripheral_, kPeripheralPath, "RemoveBonding", "ss",
     Json::array({kCentralAddress, "public"}));
  part();
  Let(central_, kCentralPath, kLong);
  // The impostor does not mind its own waits.
  SetProperty(peripheral_, kPeripheralPath, "RepeatedAttempts",
              {{"MaxAttempts", 255}});
  for (int i = 0; i < 10; ++i) {
    Connect();
    central_.ForgetSignals();
    const auto request = StartRequest(Json::object());
    Await([&] {
      return std::ranges::any_of(central_.signals(), [](const auto& signal) {
        return signal.member == "SecurityRequested";
      });
    });
    EXPECT_EQ(OnLink(central_, kCentralPath, "Disconnect"), "");
    Await([&] { return request->done(); });
    part();
  }
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  const auto call = Pair({{"TimeoutMs", 20'000}});
  EXPECT_EQ(call->error(), "") << call->message();
}

TEST_F(AttemptsTest, CallWithTooShortATimeFailsAtOnce) {
  Let(central_, kCentralPath, kLong);
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  const auto call = Pair({{"TimeoutMs", 5000}});
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.RepeatedAttempts");
  EXPECT_NE(call->message().find("side local"), std::string::npos)
      << call->message();
}

TEST_F(AttemptsTest, CallWaitsForItsTurn) {
  constexpr uint32_t kShort = 300;
  Let(central_, kCentralPath, kShort);
  Let(peripheral_, kPeripheralPath, 1);
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  second_->set_passkey(1);
  EXPECT_EQ(PairingError(), "");
}

TEST_F(AttemptsTest, CallThatWaitsCanBeCanceledAndNotOvertaken) {
  Let(central_, kCentralPath, kLong);
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  const auto waiting = StartPairing(central_);
  EXPECT_EQ(PairingError(), "InProgress");
  EXPECT_EQ(OnLink(central_, kCentralPath, "CancelPairing"), "");
  Await([&] { return waiting->done(); });
  EXPECT_EQ(waiting->error(), "org.bondd.Error.Canceled");
}

TEST_F(AttemptsTest, CallThatWaitsIsAnsweredWhenTheLinkGoes) {
  Let(central_, kCentralPath, kLong);
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  const auto waiting = StartPairing(central_);
  EXPECT_EQ(OnLink(central_, kCentralPath, "Disconnect"), "");
  Await([&] { return waiting->done(); });
  EXPECT_EQ(waiting->error(), "org.bondd.Error.LinkLost");
}

TEST_F(AttemptsTest, CancelByOurOwnUserDoesNotCount) {
  Let(central_, kCentralPath, kLong);
  // To this side it does.
  SetProperty(peripheral_, kPeripheralPath, "RepeatedAttempts",
              {{"MaxAttempts", 255}});
  second_->set_answer(Answer::kNone);
  auto agent = std::make_unique<TestAgent>(other_, "KeyboardOnly");
  const auto call = StartPairing(other_);
  AwaitPrompt(kCentralPath, "passkey-input");
  EXPECT_EQ(OnLink(other_, kCentralPath, "CancelPairing"), "");
  Await([&] { return call->done(); });
  EXPECT_EQ(call->error(), "org.bondd.Error.Canceled");
  second_->set_passkey(1);
  const auto again = Pair({{"TimeoutMs", 20'000}});
  EXPECT_EQ(again->error(), "") << again->message();
}

TEST_F(AttemptsTest, PropertyTellsWhatHoldsAndRefusesContradictions) {
  Let(central_, kCentralPath, 700);
  const Json now =
      central_.Property(kCentralPath, kAdapter, "RepeatedAttempts");
  EXPECT_EQ(now["First"], 700);
  EXPECT_EQ(now["Max"], 700);
  EXPECT_EQ(now["Exponent"], 2);
  EXPECT_EQ(now["MaxAttempts"], 1);
  const auto call = central_.Finish(
      kCentralPath, "org.freedesktop.DBus.Properties", "Set", "ssv",
      Json::array({kAdapter, "RepeatedAttempts", {{"First", 800}}}));
  EXPECT_EQ(call->error(), "org.bondd.Error.InvalidArguments");
}

// A stranger who guesses the passkey that sim0 shows, and comes from another
// address each time.
class GuessingStrangerTest : public AttemptsTest {
 protected:
  Words MoreArguments() override {
    return {"--sim-listen", "unix:" + Socket().native()};
  }
  void SetUp() override {
    PairTest::SetUp();
    first_ = std::make_unique<TestAgent>(central_, "DisplayOnly");
    stranger_ = std::make_unique<Peer>(world_.loop, Socket());
    Await([&] { return stranger_->ready(); });
    stranger_->parameters.io_capability = smp::IoCapability::kKeyboardOnly;
    stranger_->parameters.mitm = smp::MitmOption::kYes;
    Let(central_, kCentralPath, kLong);
  }

  std::filesystem::path Socket() const { return world_.folder.path() / "air"; }
  static DeviceAddress Address(uint8_t number) {
    return {AddressType::kRandom, {number, 0, 0, 0, 0, 0xC0}};
  }

  void Arm(const Json& options) {
    Do(central_, kCentralPath, "AcceptPairing", "a{sv}",
       Json::array({options}));
  }
  // How sim0 ends the attempt.
  std::optional<smp::PairingFailedReason> Guess(const DeviceAddress& address) {
    Do(central_, kCentralPath, "StartAdvertising", "a{sv}",
       Json::array({{{"IntervalMs", 20}}}));
    stranger_->Connect(
        *DeviceAddress::Parse(kCentralAddress, AddressType::kPublic), address);
    Await([&] { return stranger_->linked(); });
    stranger_->end().user.passkey = [] { return 0; };
    stranger_->Give(smp::StartPairing{stranger_->parameters.Clone()});
    Await([&] { return !stranger_->end().reports.empty(); });
    const auto failure = stranger_->end().Report().failure;
    EXPECT_EQ(failure->cause, smp::FailureCause::kPeer);
    stranger_->Disconnect();
    Await([&] { return !stranger_->linked() && LinkOf(kCentralPath).empty(); });
    return failure->reason;
  }
  // How often sim0 has begun to pair.
  size_t responses() const {
    return stranger_->received(smp::Code::kPairingResponse);
  }

  std::unique_ptr<Peer> stranger_;
};

// Row 46 of the catalogue of attacks.
TEST_F(GuessingStrangerTest, Row46_NewAddressDoesNotShortenTheWait) {
  using enum smp::PairingFailedReason;
  constexpr size_t kFree = smp::RepeatedAttempts::kFreeForStrangers;
  Arm({{"Count", 100}});
  for (uint8_t number = 0; number < kFree; ++number) {
    EXPECT_EQ(Guess(Address(number)), kConfirmValueFailed);
  }
  EXPECT_EQ(responses(), kFree);
  for (const uint8_t number : {100, 101, 0}) {
    EXPECT_EQ(Guess(Address(number)), kRepeatedAttempts);
  }
  EXPECT_EQ(responses(), kFree);
  EXPECT_EQ(first_->Asked("DisplayPasskey").size(), kFree);
  // Whom the user names comes in, but not those who have failed.
  Arm({{"Address", Address(102).ToString()}, {"AddressType", "random"}});
  EXPECT_EQ(Guess(Address(102)), kConfirmValueFailed);
  Arm({{"Address", Address(0).ToString()}, {"AddressType", "random"}});
  EXPECT_EQ(Guess(Address(0)), kRepeatedAttempts);
  EXPECT_EQ(responses(), kFree + 1);
}

class ConfiguredAttemptsTest : public PairTest {
 protected:
  Words MoreArguments() override {
    return {"--config", world_.Write("attempts.conf",
                                     "[RepeatedAttempts]\n"
                                     "First=250\n"
                                     "MaxAttempts=3\n")};
  }
};

TEST_F(ConfiguredAttemptsTest, ConfigurationIsWhatTheAdapterStartsWith) {
  const Json now =
      central_.Property(kCentralPath, kAdapter, "RepeatedAttempts");
  EXPECT_EQ(now["First"], 250);
  EXPECT_EQ(now["MaxAttempts"], 3);
}

}  // namespace
}  // namespace bondd::daemon::test
