// What a member of the group can do to the daemon while others use it: nothing
// that they would notice.

#include <fcntl.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "common/unique_fd.h"
#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

constexpr char kRoot[] = "/org/bondd";
constexpr char kManager[] = "org.bondd.Manager1";

class HostileGroupTest : public PairTest {
 protected:
  // Two users have a number to compare when the test begins.
  void SetUp() override {
    // Freed memory that a sanitizer holds back is none that bondd has.
    const char* options = getenv("ASAN_OPTIONS");
    const std::string more = options == nullptr ? "" : options;
    setenv("ASAN_OPTIONS", (more + ":quarantine_size_mb=1").c_str(), 1);
    PairTest::SetUp();
    first_.emplace(central_, "DisplayYesNo");
    second_.emplace(peripheral_, "DisplayYesNo");
    first_->set_answer(Answer::kNone);
    Advertise();
    Accept();
    pairing_ = StartPairing(central_);
    AwaitPrompt(kCentralPath, "number-comparison");
    link_ = LinkOf(kCentralPath);
  }

  // Octets of memory that the daemon has in use.
  size_t Resident() const {
    std::ifstream statm("/proc/" + std::to_string(bondd_->pid()) + "/statm");
    size_t size = 0;
    size_t resident = 0;
    statm >> size >> resident;
    return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  }
  size_t Descriptors() const {
    const std::filesystem::directory_iterator all(
        "/proc/" + std::to_string(bondd_->pid()) + "/fd");
    return static_cast<size_t>(std::distance(begin(all), end(all)));
  }

  // Once to warm up, then again and again: it leaves nothing behind. A message
  // of megabytes may lie about until the next one comes.
  void ExpectFlat(const std::function<void()>& attack) {
    constexpr size_t kBound = 8 << 20;
    const size_t descriptors = Descriptors();
    attack();
    const size_t memory = Resident();
    for (int again = 0; again < 3; ++again) attack();
    EXPECT_LT(Resident(), memory + kBound);
    // The last ones may be closed a moment after the answer.
    Await([&] { return Descriptors() <= descriptors; });
  }

  void ExpectRefused(const Call& call, const std::string& error) {
    EXPECT_EQ(call.error(), error);
    EXPECT_LT(call.message().size(), 256u) << call.message();
  }

  // A connection of the test's own, for what no client would send.
  struct Closer {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
  };
  using Member = std::unique_ptr<sd_bus, Closer>;
  Member Join() const {
    sd_bus* bus = nullptr;
    EXPECT_GE(sd_bus_new(&bus), 0);
    Member member(bus);
    EXPECT_GE(sd_bus_set_address(bus, world_.bus.address().c_str()), 0);
    EXPECT_GE(sd_bus_set_bus_client(bus, 1), 0);
    EXPECT_GE(sd_bus_negotiate_fds(bus, 1), 0);
    EXPECT_GE(sd_bus_start(bus), 0);
    return member;
  }
  // A dictionary with `count` descriptors, each a value "h", or all in one
  // "ah".
  static void AppendDescriptors(sd_bus_message* message,
                                const std::string& type, int count, int fd) {
    sd_bus_message_open_container(message, 'a', "{sv}");
    const bool together = type == "ah";
    for (int i = 0; i < (together ? 1 : count); ++i) {
      sd_bus_message_open_container(message, 'e', "sv");
      sd_bus_message_append(message, "s", ("Key" + std::to_string(i)).c_str());
      sd_bus_message_open_container(message, 'v', type.c_str());
      if (together) sd_bus_message_open_container(message, 'a', "h");
      for (int j = 0; j < (together ? count : 1); ++j) {
        sd_bus_message_append(message, "h", fd);
      }
      if (together) sd_bus_message_close_container(message);
      sd_bus_message_close_container(message);
      sd_bus_message_close_container(message);
    }
    sd_bus_message_close_container(message);
  }

  // The two have lost nothing by it.
  void TearDown() override {
    EXPECT_FALSE(pairing_->done()) << pairing_->message();
    EXPECT_EQ(OnLink(central_, kCentralPath, "ConfirmNumber", "b",
                     Json::array({true})),
              "");
    Await([&] { return pairing_->done(); });
    EXPECT_FALSE(pairing_->failed()) << pairing_->message();
    EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
    EXPECT_TRUE(bondd_->running());
  }

  std::optional<TestAgent> first_;
  std::optional<TestAgent> second_;
  std::unique_ptr<Call> pairing_;
  std::string link_;
  BusClient stranger_{world_.loop, world_.bus.address()};
};

TEST_F(HostileGroupTest, DictionaryOfAThousandEntriesIsRefused) {
  Json entries;
  for (int i = 0; i < 1000; ++i) entries["Key" + std::to_string(i)] = i;
  ExpectFlat([&] {
    ExpectRefused(
        *stranger_.Finish(kCentralPath, kAdapter, "InitiatePairing", "ssa{sv}",
                          Json::array({kPeripheralAddress, "public", entries})),
        "org.bondd.Error.InvalidArguments");
    ExpectRefused(*stranger_.Finish(link_, kConnection, "AcceptPairing",
                                    "a{sv}", Json::array({entries})),
                  "org.bondd.Error.InvalidArguments");
  });
}

TEST_F(HostileGroupTest, MegabytesAreRefused) {
  // Made once: sanitized, copies of it take longer than a user may think.
  Json octets = Json::array();
  octets.push_back(std::vector<uint8_t>(4 << 20, 0x2A));
  const std::string text(4 << 20, 'x');
  ExpectFlat([&] {
    ExpectRefused(
        *stranger_.Finish(link_, kConnection, "SetOobLegacy", "ay", octets),
        "org.bondd.Error.InvalidArguments");
    ExpectRefused(
        *stranger_.Finish(kRoot, kManager, "Predict", "a{sv}a{sv}",
                          Json::array({{{"Mitm", text}}, Json::object()})),
        "org.bondd.Error.InvalidArguments");
    ExpectRefused(*stranger_.Finish(kCentralPath, kAdapter, "FindBond", "ss",
                                    Json::array({text, "public"})),
                  "org.bondd.Error.InvalidArguments");
  });
}

// No more at once than the bus lets one client have open.
TEST_F(HostileGroupTest, TenThousandCallsAreAnswered) {
  constexpr int kRounds = 25;
  constexpr int kAtOnce = 100;
  ExpectFlat([&] {
    for (int round = 0; round < kRounds; ++round) {
      std::vector<std::unique_ptr<Call>> calls;
      for (int i = 0; i < kAtOnce; ++i) {
        switch (i % 4) {
          case 0:
            calls.push_back(stranger_.Start(link_, kConnection, "SetPasskey",
                                            "u", Json::array({1'000'000})));
            break;
          case 1:
            calls.push_back(stranger_.Start(kCentralPath, kAdapter, "ListBonds",
                                            "uu", Json::array({0, 0})));
            break;
          case 2:
            calls.push_back(stranger_.Start(
                kRoot, kManager, "Predict", "a{sv}a{sv}",
                Json::array({Json::object(), {{"Colour", "red"}}})));
            break;
          default:
            calls.push_back(stranger_.Start(link_, kConnection,
                                            "InitiatePairing", "a{sv}",
                                            Json::array({Json::object()})));
        }
      }
      Await([&] {
        return std::ranges::all_of(calls, [](auto& c) { return c->done(); });
      });
    }
  });
}

TEST_F(HostileGroupTest, CallsThatWaitAreLimitedForEachUser) {
  constexpr size_t kLimit = 64;
  std::vector<std::unique_ptr<Call>> calls;
  for (size_t i = 0; i < 2 * kLimit; ++i) {
    calls.push_back(stranger_.Start(
        kCentralPath, kAdapter, "Connect", "ssa{sv}",
        Json::array({"02:B0:DD:00:00:77", "public", Json::object()})));
  }
  const auto refused = [&] {
    return static_cast<size_t>(
        std::ranges::count_if(calls, [](auto& c) { return c->done(); }));
  };
  // The pairing waits as well.
  Await([&] { return refused() >= kLimit + 1; });
  for (const auto& call : calls) {
    if (call->done()) ExpectRefused(*call, "org.bondd.Error.Busy");
  }
  EXPECT_EQ(refused(), kLimit + 1);
}

TEST_F(HostileGroupTest, DescriptorsNobodyAskedForAreClosed) {
  ExpectFlat([&] {
    for (int i = 0; i < 100; ++i) {
      const auto call =
          stranger_.Finish(kCentralPath, kAdapter, "StopScan", "hh",
                           Json::array({STDIN_FILENO, STDOUT_FILENO}));
      ExpectRefused(*call, "org.freedesktop.DBus.Error.InvalidArgs");
    }
  });
}

TEST_F(HostileGroupTest, DescriptorsInADictionaryAreRefusedAndClosed) {
  // As many as the bus lets through in one message.
  constexpr int kDescriptors = 16;
  const auto bus = Join();
  const UniqueFd file(open("/dev/null", O_RDWR | O_CLOEXEC));
  const struct {
    std::string path;
    const char* interface;
    const char* method;
    std::vector<const char*> texts;  // before the dictionary
    bool takes_descriptor = false;   // before those
  } calls[] = {
      {kRoot, kManager, "Predict", {}},
      {kCentralPath,
       kAdapter,
       "InitiatePairing",
       {kPeripheralAddress, "public"}},
      {kCentralPath, kAdapter, "Connect", {kPeripheralAddress, "public"}},
      {kCentralPath, kAdapter, "AcceptPairing", {}},
      {kCentralPath, kAdapter, "GenerateOob", {}},
      {kCentralPath, kAdapter, "ExportBonds", {"json"}, true},
      {kCentralPath, kAdapter, "ImportBonds", {"json"}, true},
      {link_, kConnection, "InitiateEncryption", {}},
  };
  ExpectFlat([&] {
    for (const auto& call : calls) {
      for (const char* type : {"h", "ah"}) {
        SCOPED_TRACE(std::string(call.method) + " " + type);
        sd_bus_message* message = nullptr;
        ASSERT_GE(sd_bus_message_new_method_call(bus.get(), &message,
                                                 "org.bondd", call.path.c_str(),
                                                 call.interface, call.method),
                  0);
        const int given = call.takes_descriptor ? 1 : 0;
        if (given == 1) sd_bus_message_append(message, "h", file.get());
        for (const char* text : call.texts) {
          sd_bus_message_append(message, "s", text);
        }
        AppendDescriptors(message, type, kDescriptors - given, file.get());
        if (call.method == std::string("Predict")) {
          sd_bus_message_append(message, "a{sv}", 0);
        }
        sd_bus_error error{};
        EXPECT_LT(sd_bus_call(bus.get(), message, 0, &error, nullptr), 0);
        EXPECT_STREQ(error.name, "org.bondd.Error.InvalidArguments");
        EXPECT_STREQ(error.message, ("InvalidArguments: Key0: values of type " +
                                     std::string(type) + " are not taken")
                                        .c_str());
        sd_bus_error_free(&error);
        sd_bus_message_unref(message);
      }
    }
  });
}

// The bus takes some hundred from one client.
TEST_F(HostileGroupTest, ThousandMatchRulesAreTheBusesOwnAffair) {
  constexpr int kClients = 4;
  constexpr int kRules = 250;
  std::vector<Member> listeners;
  for (int client = 0; client < kClients; ++client) {
    listeners.push_back(Join());
    sd_bus* const bus = listeners.back().get();
    for (int i = 0; i < kRules; ++i) {
      const std::string rule = "type='signal',sender='org.bondd',member='M" +
                               std::to_string(i) + "'";
      ASSERT_GE(
          sd_bus_call_method(bus, "org.freedesktop.DBus",
                             "/org/freedesktop/DBus", "org.freedesktop.DBus",
                             "AddMatch", nullptr, nullptr, "s", rule.c_str()),
          0);
    }
  }
  ExpectFlat([&] {
    for (int i = 0; i < 100; ++i) {
      SetProperty(stranger_, kCentralPath, "Trace", i % 2 == 0);
    }
  });
}

}  // namespace
}  // namespace bondd::daemon::test
