// What a link is worth is one value in five properties: nobody ever sees parts
// of the old one beside parts of the new one.

#include <algorithm>
#include <set>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

constexpr const char* kParts[] = {"Encrypted", "Authenticated",
                                  "SecureConnections", "KeySize",
                                  "SecurityLevel"};

class SnapshotTest : public PairTest {
 protected:
  // The five of them, as text.
  static std::string ValueOf(const Json& properties) {
    std::string text;
    for (const char* part : kParts) text += properties.at(part).dump() + " ";
    return text;
  }

  // Does what `call` is about, and looks at the link all the while. What was
  // seen, in the order of the first time.
  std::set<std::string> SeenDuring(const Call& call) {
    const std::string link = LinkOf(kCentralPath);
    std::set<std::string> seen;
    const auto look = [&] {
      const auto got =
          central_.Finish(link, "org.freedesktop.DBus.Properties", "GetAll",
                          "s", Json::array({kConnection}));
      if (!got->failed()) seen.insert(ValueOf(got->values().at(0)));
    };
    while (!call.done()) look();
    look();
    return seen;
  }

  // Each signal has all of them or none, and makes one of these values.
  void ExpectSignalled(const std::set<std::string>& values) {
    size_t count = 0;
    for (const auto& signal : central_.signals()) {
      if (signal.member != "PropertiesChanged" ||
          signal.arguments.at(0) != kConnection) {
        continue;
      }
      const Json& changed = signal.arguments.at(1);
      const auto parts = std::ranges::count_if(
          kParts, [&](const char* part) { return changed.contains(part); });
      if (parts == 0) continue;
      ASSERT_EQ(parts, std::ssize(kParts)) << changed;
      EXPECT_TRUE(values.contains(ValueOf(changed))) << changed;
      ++count;
    }
    EXPECT_GE(count, 1u);
  }

  const std::string plain_ = "false false false 0 1 ";
  const std::string unauthenticated_ = "true false true 16 2 ";
  const std::string authenticated_ = "true true true 16 4 ";
};

TEST_F(SnapshotTest, GoesFromOneValueToTheNextWhenALinkIsEncryptedAnew) {
  PairWell();
  TestAgent first(central_, "DisplayYesNo");
  TestAgent second(peripheral_, "DisplayYesNo");
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  central_.ForgetSignals();
  const auto call = StartPairing(central_);
  const auto seen = SeenDuring(*call);
  ASSERT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(seen, (std::set<std::string>{unauthenticated_, authenticated_}));
  ExpectSignalled({authenticated_});
}

TEST_F(SnapshotTest, StaysWhatItIsWhenTheKeyIsRefreshed) {
  PairWell();
  const auto call =
      central_.Start(LinkOf(kCentralPath), kConnection, "InitiateEncryption",
                     "a{sv}", Json::array({Json::object()}));
  const auto seen = SeenDuring(*call);
  EXPECT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(seen, std::set<std::string>{unauthenticated_});
}

TEST_F(SnapshotTest, ComesAsAWholeWithTheFirstEncryption) {
  Advertise();
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({kPeripheralAddress, "public", Json::object()}));
  Accept();
  central_.ForgetSignals();
  const auto call = StartPairing(central_);
  const auto seen = SeenDuring(*call);
  EXPECT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(seen, (std::set<std::string>{plain_, unauthenticated_}));
  ExpectSignalled({unauthenticated_});
}

}  // namespace
}  // namespace bondd::daemon::test
