// Four pairings at once on four links of one adapter.

#include <algorithm>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

constexpr size_t kLinks = 4;

// Somebody in front of sim0 who pairs with one of the peripherals.
struct User {
  User(World& world, int number)
      : bus(world.loop, world.bus.address()),
        agent(bus, "DisplayYesNo"),
        adapter("/org/bondd/sim" + std::to_string(number)),
        address("02:B0:DD:00:00:0" + std::to_string(number)) {}

  BusClient bus;
  TestAgent agent;
  std::string adapter;  // of the peripheral
  std::string address;
  std::unique_ptr<Call> call;
};

class SeveralLinksTest : public PairTest {
 protected:
  Words MoreArguments() override {
    return {"--adapter", "sim", "--adapter", "sim", "--adapter", "sim"};
  }

  void SetUp() override {
    PairTest::SetUp();
    other_ = std::make_unique<TestAgent>(peripheral_, "DisplayYesNo");
    for (int number = 1; number <= static_cast<int>(kLinks); ++number) {
      users_.push_back(std::make_unique<User>(world_, number));
      User& user = *users_.back();
      Await([&] { return central_.Objects().contains(user.adapter); });
      Do(peripheral_, user.adapter, "AcceptPairing", "a{sv}",
         Json::array({Json::object()}));
      Do(peripheral_, user.adapter, "StartAdvertising", "a{sv}",
         Json::array({Json::object()}));
    }
  }

  void StartPairingOf(User& user) {
    user.call =
        user.bus.Start(kCentralPath, kAdapter, "InitiatePairing", "ssa{sv}",
                       Json::array({user.address, "public", Json::object()}));
  }
  void StartAll() {
    for (const auto& user : users_) StartPairingOf(*user);
  }

  // The central's link to that user's peripheral.
  std::string LinkTo(const User& user) {
    const Json objects = central_.Objects();
    for (const auto& [path, interfaces] : objects.items()) {
      if (path.starts_with(kCentralLinks) &&
          interfaces[kConnection]["OnAirAddress"] == user.address) {
        return path;
      }
    }
    return "";
  }

  std::unique_ptr<TestAgent> other_;
  std::vector<std::unique_ptr<User>> users_;
};

TEST_F(SeveralLinksTest, UserWhoNeverAnswersDisturbsNobodyElse) {
  User& silent = *users_.front();
  silent.agent.set_answer(Answer::kNone);
  StartAll();
  for (const auto& user : users_) {
    if (user.get() == &silent) continue;
    Await([&] { return user->call->done(); });
    ASSERT_FALSE(user->call->failed()) << user->call->message();
    const Json& result = user->call->values().at(0);
    EXPECT_EQ(result["Method"], "NumericComparison");
    EXPECT_EQ(result["Peer"], Json::array({user->address, "public"}));
    EXPECT_EQ(user->agent.numbers().size(), 1u);
  }
  Await([&] { return silent.agent.numbers().size() == 1; });
  EXPECT_FALSE(silent.call->done());
  const std::string link = LinkTo(silent);
  EXPECT_EQ(central_.Property(link, kConnection, "PairingState"),
            "waiting-for-user");
  silent.bus.Must(link, kConnection, "ConfirmNumber", "b", Json::array({true}));
  Await([&] { return silent.call->done(); });
  EXPECT_FALSE(silent.call->failed()) << silent.call->message();
}

TEST_F(SeveralLinksTest, FailureOfOneIsNoneOfTheOthers) {
  User& refusing = *users_.front();
  refusing.agent.set_answer(Answer::kRefuse);
  StartAll();
  for (const auto& user : users_) {
    Await([&] { return user->call->done(); });
    EXPECT_EQ(user->call->failed(), user.get() == &refusing)
        << user->call->message();
  }
  EXPECT_FALSE(IsBonded(kCentralPath, refusing.address));
}

class LimitedLinksTest : public SeveralLinksTest {
 protected:
  Words MoreArguments() override {
    Words words = SeveralLinksTest::MoreArguments();
    words.insert(words.end(), {"--config", world_.Write("limited.conf",
                                                        "[Pairing]\n"
                                                        "MaxPairings=1\n")});
    return words;
  }
};

TEST_F(LimitedLinksTest, PairingsBeyondMaxPairingsAreRefused) {
  users_.front()->agent.set_answer(Answer::kNone);
  StartPairingOf(*users_.front());
  Await([&] { return users_.front()->agent.numbers().size() == 1; });
  StartPairingOf(*users_.back());
  Await([&] { return users_.back()->call->done(); });
  EXPECT_EQ(users_.back()->call->error(), "org.bondd.Error.Busy");
}

// Row 47 of the catalogue of attacks: many peers pair at once.
TEST_F(LimitedLinksTest, Row47_PeerBeyondMaxPairingsIsToldBusy) {
  users_.front()->agent.set_answer(Answer::kNone);
  StartPairingOf(*users_.front());
  Await([&] { return users_.front()->agent.numbers().size() == 1; });
  Do(central_, kCentralPath, "AcceptPairing", "a{sv}",
     Json::array({Json::object()}));
  Do(central_, kCentralPath, "StartAdvertising", "a{sv}",
     Json::array({Json::object()}));
  User& peer = *users_.back();
  peer.call =
      peer.bus.Start(peer.adapter, kAdapter, "InitiatePairing", "ssa{sv}",
                     Json::array({kCentralAddress, "public", Json::object()}));
  Await([&] { return peer.call->done(); });
  EXPECT_EQ(peer.call->error(), "org.bondd.Error.Smp.Busy");
  EXPECT_FALSE(users_.front()->call->done());
}

}  // namespace
}  // namespace bondd::daemon::test
