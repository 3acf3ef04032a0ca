// bondctl monitor while two adapters pair.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <sstream>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

class MonitorTest : public BondctlTest {
 protected:
  // Starts it, pairs, and waits until it has shown `end` often enough.
  void WatchAPairing(const Words& words, const std::string& end, size_t ends) {
    monitor_ = Start(words);
    Await([&] {
      return central_.Property(kPeripheralPath, kAdapter, "Trace") == true;
    });
    PairWell();
    Await([&] { return Count(end) >= ends; });
  }
  size_t Count(const std::string& text) const {
    const std::string& all = monitor_->Output();
    size_t count = 0;
    for (size_t at = all.find(text); at != std::string::npos;
         at = all.find(text, at + 1)) {
      ++count;
    }
    return count;
  }
  std::vector<Json> Events(const std::string& name,
                           const std::string& adapter) const {
    std::vector<Json> events;
    std::istringstream lines(monitor_->Output());
    for (std::string line; std::getline(lines, line);) {
      const Json event = Json::parse(line);
      if (event["Event"] == name && event["Adapter"] == adapter) {
        events.push_back(event);
      }
    }
    return events;
  }

  // Waits until it shows what happens at sim1.
  void AwaitStarted(const Bondctl& monitor) {
    bool pairable = true;
    Await([&] {
      pairable = !pairable;
      SetProperty(peripheral_, kPeripheralPath, "Pairable", pairable);
      return pairable && monitor.Shows("Pairable");
    });
  }
  // All properties and signals of the pairing have been shown.
  void ExpectNoNumber(uint32_t number) const {
    const std::string& all = monitor_->Output();
    std::istringstream lines(all);
    for (std::string line; std::getline(lines, line);) {
      Json event = Json::parse(line);
      // Other figures: the microseconds may happen to have the same digits.
      event.erase("Time");
      event.erase("Microseconds");
      const std::string text = event.dump();
      EXPECT_EQ(text.find(fmt::format("{:06}", number)), text.npos) << text;
      EXPECT_EQ(
          text.find(fmt::format("{:03} {:03}", number / 1000, number % 1000)),
          text.npos)
          << text;
    }
  }

  std::unique_ptr<Bondctl> monitor_;
};

TEST_F(MonitorTest, TellsEachPduAndWhyTheModelWasChosenInJsonLines) {
  WatchAPairing({"--json", "monitor"}, "PairingCompleted", 2);
  const auto sent = Events("PduTraced", "sim0");
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.front()["Direction"], "sent");
  EXPECT_EQ(sent.front()["Name"], "PairingRequest");
  EXPECT_EQ(sent.front()["Peer"][0], kPeripheralAddress);
  const auto received = Events("PduTraced", "sim1");
  ASSERT_FALSE(received.empty());
  EXPECT_EQ(received.front()["Direction"], "received");
  EXPECT_EQ(received.front()["Name"], "PairingRequest");
  EXPECT_EQ(Events("Connected", "sim0").size(), 1u);
  EXPECT_EQ(Events("BondAdded", "sim0").size(), 1u);
  const auto keys = Events("KeysReceived", "sim0");
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0]["Remote"], Json::array({"id"}));
  const auto completed = Events("PairingCompleted", "sim0");
  ASSERT_EQ(completed.size(), 1u);
  EXPECT_EQ(completed[0]["Method"], "JustWorks");
  EXPECT_EQ(completed[0]["Why"],
            "neither side asks for protection against man in the middle");
}

TEST_F(MonitorTest, IsReadableAndLeavesTheAdapterAsItWas) {
  WatchAPairing({"-a", "sim1", "monitor"}, ": JustWorks", 1);
  EXPECT_TRUE(monitor_->Shows("sim1 02:B0:DD:00:00:00 <- PairingRequest"))
      << monitor_->Output();
  EXPECT_TRUE(monitor_->Shows("sim1 02:B0:DD:00:00:00 -> PairingResponse"));
  EXPECT_TRUE(monitor_->Shows("JustWorks because neither side"));
  EXPECT_FALSE(monitor_->Shows("sim0"));
  monitor_->Signal(SIGINT);
  EXPECT_EQ(monitor_->AwaitExit(), 0);
  EXPECT_EQ(central_.Property(kPeripheralPath, kAdapter, "Trace"), false);
}

TEST_F(MonitorTest, TellsWhatTheUserIsAskedButNotTheNumber) {
  daemon::test::TestAgent agent(central_, "DisplayYesNo");
  daemon::test::TestAgent peer(peripheral_, "DisplayYesNo");
  WatchAPairing({"--json", "monitor"}, "PairingCompleted", 2);
  const auto prompts = Events("Prompt", "sim0");
  ASSERT_FALSE(prompts.empty());
  EXPECT_EQ(prompts.front()["Prompt"], "number-comparison");
  ASSERT_EQ(agent.numbers().size(), 1u);
  ExpectNoNumber(agent.numbers().front());
}

TEST_F(MonitorTest, TellsNothingOfThePasskey) {
  daemon::test::TestAgent shows(central_, "DisplayOnly");
  daemon::test::TestAgent types(peripheral_, "KeyboardOnly");
  monitor_ = Start({"--json", "monitor", "--no-trace"});
  AwaitStarted(*monitor_);
  Advertise();
  Accept();
  const auto call = StartPairing(central_, {{"SecureConnections", "off"}});
  Await([&] { return !shows.Asked("DisplayPasskey").empty(); });
  const uint32_t passkey = shows.Asked("DisplayPasskey").front().at(0);
  AwaitPrompt(kPeripheralPath, "passkey-input");
  OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
         Json::array({passkey}));
  Await([&] { return Count("PairingCompleted") >= 2; });
  EXPECT_EQ(Events("PairingCompleted", "sim0").at(0)["Method"], "PasskeyEntry");
  ExpectNoNumber(passkey);
}

TEST_F(MonitorTest, GoesOnTracingWhenAnotherEnds) {
  monitor_ = Start({"-a", "sim1", "monitor"});
  Await([&] {
    return central_.Property(kPeripheralPath, kAdapter, "Trace") == true;
  });
  const auto other = Start({"-a", "sim1", "monitor"});
  AwaitStarted(*other);
  monitor_->Signal(SIGINT);
  EXPECT_EQ(monitor_->AwaitExit(), 0);
  Await([&] {
    return central_.Property(kPeripheralPath, kAdapter, "Trace") == true;
  });
  other->Signal(SIGINT);
  EXPECT_EQ(other->AwaitExit(), 0);
  EXPECT_EQ(central_.Property(kPeripheralPath, kAdapter, "Trace"), false);
}

}  // namespace
}  // namespace bondd::cli::test
