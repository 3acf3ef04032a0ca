// The order of what a caller hears, message by message.

#include <systemd/sd-bus.h>

#include <chrono>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

// Writes down the members of the signals, and "reply", as they come.
class Listener {
 public:
  explicit Listener(const std::string& address) {
    sd_bus_new(&bus_);
    sd_bus_set_address(bus_, address.c_str());
    sd_bus_set_bus_client(bus_, 1);
    sd_bus_start(bus_);
    sd_bus_match_signal(bus_, nullptr, "org.bondd", nullptr, nullptr, nullptr,
                        OnSignal, this);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { sd_bus_flush_close_unref(bus_); }

  void Pair() {
    sd_bus_call_method_async(bus_, nullptr, "org.bondd", kCentralPath, kAdapter,
                             "InitiatePairing", OnReply, this, "ssa{sv}",
                             kPeripheralAddress, "public", 0);
  }

  const std::vector<std::string>& AwaitReply() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!Ended() && std::chrono::steady_clock::now() < end) {
      if (sd_bus_process(bus_, nullptr) == 0) {
        sd_bus_wait(bus_, std::chrono::microseconds(50'000).count());
      }
    }
    return heard_;
  }

  bool Ended() const {
    return !heard_.empty() &&
           (heard_.back() == "reply" || heard_.back() == "error");
  }

 private:
  static int OnSignal(sd_bus_message* message, void* self, sd_bus_error*) {
    const std::string path = sd_bus_message_get_path(message);
    if (path.starts_with(kCentralLinks)) {
      static_cast<Listener*>(self)->heard_.push_back(
          sd_bus_message_get_member(message));
    }
    return 0;
  }
  static int OnReply(sd_bus_message* message, void* self, sd_bus_error*) {
    static_cast<Listener*>(self)->heard_.push_back(
        sd_bus_message_is_method_error(message, nullptr) ? "error" : "reply");
    return 0;
  }

  sd_bus* bus_ = nullptr;
  std::vector<std::string> heard_;
};

using OrderTest = PairTest;

TEST_F(OrderTest, PropertiesThenCompletionThenReply) {
  Advertise();
  Accept();
  Listener listener(world_.bus.address());
  listener.Pair();
  const auto& heard = listener.AwaitReply();
  ASSERT_GE(heard.size(), 3u);
  const std::vector<std::string> last(heard.end() - 3, heard.end());
  EXPECT_EQ(last, (std::vector<std::string>{"PropertiesChanged",
                                            "PairingCompleted", "reply"}));
}

}  // namespace
}  // namespace bondd::daemon::test
