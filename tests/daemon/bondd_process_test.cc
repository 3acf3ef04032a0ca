// What bondd does when it is started wrongly, and how it ends.

#include <gtest/gtest.h>
#include <sysexits.h>

#include <algorithm>

#include "tests/daemon/pair.h"
#include "tests/daemon/peer.h"

namespace bondd::daemon::test {
namespace {

constexpr char kName[] = "org.bondd";

class BonddProcessTest : public testing::Test {
 protected:
  // One line of error on its way out, which names `culprit`; the name on the
  // bus was not taken.
  void ExpectRefusal(const Words& arguments, int status,
                     const std::string& culprit) {
    Bondd bondd(world_, arguments);
    EXPECT_EQ(bondd.AwaitExit(), status) << bondd.Output();
    EXPECT_TRUE(bondd.Output().starts_with("bondd: ")) << bondd.Output();
    EXPECT_EQ(bondd.Lines(), 1u) << bondd.Output();
    EXPECT_TRUE(bondd.Says(culprit)) << bondd.Output();
    EXPECT_FALSE(bus_.HasOwner(kName));
  }

  bool StateExists() const { return std::filesystem::exists(world_.state()); }

  bool AwaitReady(const std::string& name = kName) {
    return world_.loop.RunUntil([&] { return bus_.HasOwner(name); });
  }

  World world_;
  integration::BusClient bus_{world_.loop, world_.bus.address()};
};

TEST_F(BonddProcessTest, WithoutAnAdapterSaysHowToNameOne) {
  ExpectRefusal({}, EX_CONFIG, "[Adapters]");
  ExpectRefusal({}, EX_CONFIG, "Use=");
  EXPECT_FALSE(StateExists());
}

TEST_F(BonddProcessTest, RefusesAnUnknownOption) {
  ExpectRefusal({"--adapter", "sim", "--colour"}, EX_USAGE, "--colour");
  EXPECT_FALSE(StateExists());
}

TEST_F(BonddProcessTest, RefusesAnAdapterOfNoKnownKind) {
  ExpectRefusal({"--adapter", "warp"}, EX_CONFIG, "warp");
  EXPECT_FALSE(StateExists());
}

TEST_F(BonddProcessTest, SaysWhereTheConfigurationIsBroken) {
  const std::string file = world_.Write("broken.conf",
                                        "[Adapters]\n"
                                        "Use=sim\n"
                                        "[Pairing]\n"
                                        "Bonding=perhaps\n");
  ExpectRefusal({"--config", file}, EX_CONFIG, file + ":4: [Pairing] Bonding");
  EXPECT_FALSE(StateExists());
}

TEST_F(BonddProcessTest, SaysWhichKeyOfTheConfigurationIsUnknown) {
  const std::string file = world_.Write("unknown.conf",
                                        "[Adapters]\n"
                                        "Use=sim\n"
                                        "Colour=red\n");
  ExpectRefusal({"--config", file}, EX_CONFIG, file + ":3: [Adapters] Colour");
}

TEST_F(BonddProcessTest, RefusesPrivacyThatItCannotGive) {
  const std::string file = world_.Write("private.conf",
                                        "[Adapters]\n"
                                        "Use=sim\n"
                                        "[Privacy]\n"
                                        "Mode=device\n");
  ExpectRefusal({"--config", file}, EX_CONFIG, "[Privacy] Mode");
}

TEST_F(BonddProcessTest, RefusesAConfigurationThatIsNotThere) {
  const std::string file = world_.folder.path() / "none.conf";
  ExpectRefusal({"--adapter", "sim", "--config", file}, EX_CONFIG, file);
}

TEST_F(BonddProcessTest, RefusesAConfigurationThatCannotBeRead) {
  // Not even root can read a directory as a file.
  const std::filesystem::path folder = world_.folder.path() / "conf";
  std::filesystem::create_directory(folder);
  ExpectRefusal({"--adapter", "sim", "--config", folder}, EX_CONFIG, folder);
}

TEST_F(BonddProcessTest, RefusesAStateDirectoryThatCannotBeMade) {
  const std::string state = world_.Write("file", "") / "state";
  ExpectRefusal({"--adapter", "sim", "--state-dir", state}, EX_UNAVAILABLE,
                state);
}

TEST_F(BonddProcessTest, RefusesAStateDirectoryThatIsAFile) {
  const std::string state = world_.Write("file", "kept");
  ExpectRefusal({"--adapter", "sim", "--state-dir", state}, EX_UNAVAILABLE,
                state);
  EXPECT_EQ(std::filesystem::file_size(state), 4u);
}

TEST_F(BonddProcessTest, RefusesABusThatIsNotThere) {
  const std::string address =
      "unix:path=" + (world_.folder.path() / "no-bus").native();
  ExpectRefusal({"--adapter", "sim", "--bus", address}, EX_UNAVAILABLE,
                address);
}

TEST_F(BonddProcessTest, RefusesAnAbsentAdapterWhenItIsNotToWait) {
  ExpectRefusal({"--adapter", "hci99", "--no-wait"}, EX_UNAVAILABLE, "hci99");
}

TEST_F(BonddProcessTest, WaitsForAnAbsentAdapterWhenNotToldOtherwise) {
  Bondd bondd(world_, {"--adapter", "hci99"});
  ASSERT_TRUE(AwaitReady()) << bondd.Output();
  EXPECT_TRUE(bondd.running());
  EXPECT_EQ(bondd.Stop(), EX_OK) << bondd.Output();
}

TEST_F(BonddProcessTest, RefusesAStateDirectoryThatAnotherBonddUses) {
  Bondd first(world_, {"--adapter", "sim"});
  ASSERT_TRUE(AwaitReady()) << first.Output();
  Bondd second(world_, {"--adapter", "sim", "--bus-name", "org.bondd.second"});
  EXPECT_EQ(second.AwaitExit(), EX_UNAVAILABLE) << second.Output();
  EXPECT_EQ(second.Lines(), 1u) << second.Output();
  EXPECT_TRUE(second.Says(world_.state())) << second.Output();
  EXPECT_FALSE(bus_.HasOwner("org.bondd.second"));
  EXPECT_TRUE(first.running());
  EXPECT_TRUE(bus_.HasOwner(kName));
}

TEST_F(BonddProcessTest, RefusesABusNameThatAnotherBonddHas) {
  Bondd first(world_, {"--adapter", "sim"});
  ASSERT_TRUE(AwaitReady()) << first.Output();
  Bondd second(world_, {"--adapter", "sim", "--state-dir",
                        world_.folder.path() / "other"});
  EXPECT_EQ(second.AwaitExit(), EX_UNAVAILABLE) << second.Output();
  EXPECT_EQ(second.Lines(), 1u) << second.Output();
  EXPECT_TRUE(second.Says(kName)) << second.Output();
  EXPECT_TRUE(first.running());
}

TEST_F(BonddProcessTest, LooksForItsBusNameBeforeItsAdapters) {
  Bondd first(world_, {"--adapter", "sim"});
  ASSERT_TRUE(AwaitReady()) << first.Output();
  // Of an adapter that is absent it would say so first.
  Bondd second(world_, {"--adapter", "hci99", "--state-dir",
                        world_.folder.path() / "other"});
  EXPECT_EQ(second.AwaitExit(), EX_UNAVAILABLE) << second.Output();
  EXPECT_EQ(second.Lines(), 1u) << second.Output();
  EXPECT_TRUE(second.Says(kName)) << second.Output();
}

TEST_F(BonddProcessTest, EndsWellOnSigterm) {
  Bondd bondd(world_, {"--adapter", "sim", "--adapter", "sim"});
  ASSERT_TRUE(AwaitReady()) << bondd.Output();
  EXPECT_EQ(bondd.Stop(), EX_OK) << bondd.Output();
  EXPECT_FALSE(bus_.HasOwner(kName));
}

TEST_F(BonddProcessTest, EndsWithAnErrorWhenTheBusIsGone) {
  bondd::test::PrivateBus other;
  Bondd bondd(world_, {"--adapter", "sim", "--bus", other.address()});
  {
    integration::BusClient there(world_.loop, other.address());
    ASSERT_TRUE(world_.loop.RunUntil([&] { return there.HasOwner(kName); }))
        << bondd.Output();
  }
  other.Kill();
  EXPECT_EQ(bondd.AwaitExit(), EX_UNAVAILABLE) << bondd.Output();
}

TEST_F(BonddProcessTest, BondsAreWholeAfterTheBusWentDuringAPairing) {
  bondd::test::PrivateBus other;
  auto user =
      std::make_unique<integration::BusClient>(world_.loop, other.address());
  Bondd bondd(world_, {"--adapter", "sim", "--adapter", "sim", "--bus",
                       other.address()});
  ASSERT_TRUE(world_.loop.RunUntil([&] {
    return user->HasOwner(kName) && user->Objects().contains(kPeripheralPath);
  })) << bondd.Output();
  user->Must(kPeripheralPath, kAdapter, "StartAdvertising", "a{sv}",
             Json::array({Json::object()}));
  user->Must(kPeripheralPath, kAdapter, "AcceptPairing", "a{sv}",
             Json::array({{{"Address", kCentralAddress},
                           {"AddressType", "public"},
                           {"IoCapability", "DisplayYesNo"},
                           {"Count", 2}}}));
  const auto pair = [&](const Json& options) {
    return user->Start(kCentralPath, kAdapter, "InitiatePairing", "ssa{sv}",
                       Json::array({kPeripheralAddress, "public", options}));
  };
  auto call = pair(Json::object());
  // Each side has its bond on disk then.
  ASSERT_TRUE(world_.loop.RunUntil([&] {
    return call->done() &&
           std::ranges::count(user->signals(), "PairingCompleted",
                              &integration::Signal::member) == 2;
  }));
  ASSERT_FALSE(call->failed()) << call->message();
  // One whose number nobody compares.
  call = pair({{"IoCapability", "DisplayYesNo"}});
  ASSERT_TRUE(world_.loop.RunUntil([&] {
    for (const Json& object : user->Objects()) {
      if (object.contains(kConnection) &&
          object[kConnection]["Prompt"] == "number-comparison") {
        return true;
      }
    }
    return false;
  }));
  other.Kill();
  call.reset();
  user.reset();
  EXPECT_EQ(bondd.AwaitExit(), EX_UNAVAILABLE) << bondd.Output();
  Bondd again(world_, {"--adapter", "sim", "--adapter", "sim"});
  ASSERT_TRUE(AwaitReady()) << again.Output();
  ASSERT_TRUE(world_.loop.RunUntil(
      [&] { return bus_.Objects().contains(kPeripheralPath); }));
  EXPECT_EQ(bus_.Must(kCentralPath, kAdapter, "IsDeviceBonded", "sss",
                      Json::array({kPeripheralAddress, "public", "any"}))
                .at(0),
            true);
}

TEST_F(BonddProcessTest, PeerHearsThatTheBusIsGone) {
  bondd::test::PrivateBus other;
  auto user =
      std::make_unique<integration::BusClient>(world_.loop, other.address());
  const std::filesystem::path radio = world_.folder.path() / "radio";
  Bondd bondd(world_, {"--adapter", "sim", "--sim-listen",
                       "unix:" + radio.native(), "--bus", other.address()});
  ASSERT_TRUE(world_.loop.RunUntil([&] {
    return user->HasOwner(kName) && user->Objects().contains(kCentralPath);
  })) << bondd.Output();
  Peer peer(world_.loop, radio);
  ASSERT_TRUE(world_.loop.RunUntil([&] { return peer.ready(); }));
  peer.Advertise(Peer::PrivateAddress(1));
  peer.parameters.io_capability = smp::IoCapability::kDisplayYesNo;
  auto call = user->Start(kCentralPath, kAdapter, "InitiatePairing", "ssa{sv}",
                          Json::array({Peer::PrivateAddress(1).ToString(),
                                       "random",
                                       {{"IoCapability", "DisplayYesNo"}}}));
  ASSERT_TRUE(world_.loop.RunUntil([&] {
    return std::ranges::any_of(user->Objects(), [](const Json& object) {
      return object.contains(kConnection) &&
             object[kConnection]["Prompt"] == "number-comparison";
    });
  }));
  other.Kill();
  call.reset();
  user.reset();
  EXPECT_TRUE(world_.loop.RunUntil(
      [&] { return peer.received(smp::Code::kPairingFailed) == 1; }));
  EXPECT_TRUE(world_.loop.RunUntil([&] { return !peer.linked(); }));
  EXPECT_EQ(bondd.AwaitExit(), EX_UNAVAILABLE) << bondd.Output();
}

TEST_F(BonddProcessTest, TakesTheAdaptersOfTheConfiguration) {
  const std::string file = world_.Write("two.conf",
                                        "[Adapters]\n"
                                        "Use=sim sim\n");
  Bondd bondd(world_, {"--config", file});
  ASSERT_TRUE(AwaitReady()) << bondd.Output();
  ASSERT_TRUE(world_.loop.RunUntil([&] {
    return bus_.Property("/org/bondd", "org.bondd.Manager1", "Adapters") ==
           Json::array({"/org/bondd/sim0", "/org/bondd/sim1"});
  })) << bondd.Output();
}

// Two daemons that each offer a controller; both have the same address.
class SameAddressTest : public BonddProcessTest {
 protected:
  void SetUp() override {
    one_ = Offer("one", first_);
    two_ = Offer("two", second_);
  }
  std::unique_ptr<Bondd> Offer(const std::string& name,
                               const std::string& socket) {
    auto bondd = std::make_unique<Bondd>(
        world_,
        Words{"--adapter", "sim", "--sim-listen", socket, "--state-dir",
              world_.folder.path() / name, "--bus-name", "org." + name});
    EXPECT_TRUE(AwaitReady("org." + name)) << bondd->Output();
    return bondd;
  }

  const std::string first_ = "unix:" + (world_.folder.path() / "1").native();
  const std::string second_ = "unix:" + (world_.folder.path() / "2").native();
  std::unique_ptr<Bondd> one_;
  std::unique_ptr<Bondd> two_;
};

TEST_F(SameAddressTest, LeavesTheSecondAdapterOut) {
  Bondd bondd(world_, {"--adapter", first_, "--adapter", second_});
  ASSERT_TRUE(world_.loop.RunUntil([&] {
    return bondd.Says("another adapter has the address");
  })) << bondd.Output();
  ASSERT_TRUE(AwaitReady()) << bondd.Output();
  ASSERT_TRUE(world_.loop.RunUntil([&] {
    return bus_.Property("/org/bondd", "org.bondd.Manager1", "Adapters")
               .size() == 1;
  })) << bondd.Output();
  EXPECT_TRUE(bondd.running());
}

TEST_F(SameAddressTest, IsRefusedWhenBonddIsNotToWait) {
  Bondd bondd(world_, {"--adapter", first_, "--adapter", second_, "--no-wait"});
  EXPECT_EQ(bondd.AwaitExit(), EX_UNAVAILABLE) << bondd.Output();
  EXPECT_TRUE(bondd.Says("another adapter has the address")) << bondd.Output();
  EXPECT_FALSE(bus_.HasOwner(kName));
}

TEST_F(BonddProcessTest, TellsItsVersionAndItsOptions) {
  Bondd version(world_, {"--version"});
  EXPECT_EQ(version.AwaitExit(), EX_OK);
  EXPECT_TRUE(version.Output().starts_with("bondd ")) << version.Output();
  Bondd help(world_, {"--help"});
  EXPECT_EQ(help.AwaitExit(), EX_OK);
  EXPECT_TRUE(help.Says("--adapter")) << help.Output();
  EXPECT_FALSE(StateExists());
}

}  // namespace
}  // namespace bondd::daemon::test
