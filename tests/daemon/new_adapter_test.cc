// An adapter that bondd has never met comes while the disk does not answer: it
// waits for its identity, and nobody else does.

#include <sysexits.h>

#include <algorithm>

#include "bonds/store.h"
#include "tests/daemon/dongle.h"
#include "tests/daemon/fake_controller.h"
#include "tests/daemon/pair.h"
#include "tests/daemon/stopped_writer.h"
#include "tests/daemon/written.h"

namespace bondd::daemon::test {
namespace {

constexpr char kNewPath[] = "/org/bondd/h40";

// Beside sim0 and sim1 there is a place where a controller can be plugged in.
class NewAdapterTest : public PairTest {
 protected:
  Words MoreArguments() override { return {"--adapter", Spec()}; }

  std::filesystem::path Place() const { return world_.folder.path() / "place"; }
  std::string Spec() const { return "unix:" + Place().native(); }

  void Plug() {
    relay_.reset();
    std::filesystem::remove(Place());
    relay_.emplace(world_.loop, Place(), world_.folder.path() / "dongle",
                   hook_);
  }
  void StopDisk() {
    disk_ = std::make_unique<StoppedWriter>(bondd_->pid());
    ASSERT_TRUE(disk_->stopped());
  }
  void ReleaseDisk() { disk_.reset(); }

  size_t TimesWaiting() const {
    const std::string output = bondd_->Output();
    size_t times = 0;
    for (size_t at = 0; (at = output.find("h40: waiting for its new", at)) !=
                        std::string::npos;
         ++at) {
      ++times;
    }
    return times;
  }
  bool IsThere() { return central_.Objects().contains(kNewPath); }
  std::string Address() {
    return central_.Property(kNewPath, kAdapter, "Address");
  }
  // Once bondd has ended.
  std::string StoredAddress() {
    const auto store = bonds::Store::Open({.directory = world_.state()});
    if (!store) throw std::runtime_error(store.error().message);
    const bonds::LocalIdentity* identity = (*store)->FindIdentity(Spec());
    return identity == nullptr ? "" : identity->static_address.ToString();
  }

  Dongle dongle_{world_.loop, world_.folder.path() / "dongle"};
  Written written_;
  api::test::Relay::Hook hook_ = written_.hook();
  std::optional<api::test::Relay> relay_;
  std::unique_ptr<StoppedWriter> disk_;
};

class WaitingAdapterTest : public NewAdapterTest {
 protected:
  void SetUp() override {
    NewAdapterTest::SetUp();
    StopDisk();
    Plug();
    Await([&] { return TimesWaiting() == 1; });
    at_start_ = written_.count();
  }

  // What the controller was told since it began to wait.
  size_t WrittenSince() const { return written_.count() - at_start_; }

  size_t at_start_ = 0;
};

TEST_F(WaitingAdapterTest, HoldsUpNoOtherAdapter) {
  Advertise();
  Accept();
  const auto pairing = StartPairing(central_);
  Await([&] {
    return std::ranges::count(central_.signals(), "KeysReceived",
                              &integration::Signal::member) == 2;
  });
  EXPECT_EQ(LinkProperty(kCentralPath, "PairingState"), "distributing-keys");
  // All of that came between the request and its answer.
  EXPECT_FALSE(IsThere());
  EXPECT_EQ(WrittenSince(), 0u);
  EXPECT_FALSE(pairing->done());

  ReleaseDisk();
  Await([&] { return pairing->done() && IsThere(); });
  EXPECT_FALSE(pairing->failed()) << pairing->message();
  EXPECT_EQ(written_.Commands(hci::Opcode::kLeSetRandomAddress), 1u);
  const std::string address = Address();
  EXPECT_EQ(bondd_->Stop(), EX_OK);
  EXPECT_EQ(StoredAddress(), address);
}

TEST_F(WaitingAdapterTest, AnswersCallsLikeOneThatIsNotThere) {
  const auto error = [&](const char* path) {
    return central_
        .Finish(path, kAdapter, "StartAdvertising", "a{sv}",
                Json::array({Json::object()}))
        ->error();
  };
  EXPECT_EQ(error(kNewPath), error("/org/bondd/h49"));
  EXPECT_EQ(WrittenSince(), 0u);
  ReleaseDisk();
  Await([&] { return IsThere(); });
  EXPECT_EQ(error(kNewPath), "");
}

TEST_F(WaitingAdapterTest, MayVanish) {
  relay_->Unplug();
  Await([&] { return bondd_->Says("closed the connection"); });
  ReleaseDisk();
  // Stored after the identity.
  PairWell();
  EXPECT_FALSE(IsThere());
  Plug();
  Await([&] { return IsThere(); });
  EXPECT_EQ(TimesWaiting(), 1u);
  const std::string address = Address();
  EXPECT_EQ(bondd_->Stop(), EX_OK);
  EXPECT_EQ(StoredAddress(), address);
}

TEST_F(WaitingAdapterTest, MayVanishAndComeBack) {
  Plug();
  Await([&] { return TimesWaiting() == 2; });
  EXPECT_FALSE(IsThere());
  ReleaseDisk();
  Await([&] { return IsThere(); });
  const std::string address = Address();
  EXPECT_EQ(bondd_->Stop(), EX_OK);
  EXPECT_EQ(StoredAddress(), address);
}

TEST_F(WaitingAdapterTest, IsGivenUpWhenTheDaemonEnds) {
  bondd_->Ask();
  Await([&] { return bondd_->Says("stopping"); });
  ReleaseDisk();
  EXPECT_EQ(bondd_->AwaitExit(), EX_OK);
  EXPECT_EQ(WrittenSince(), 0u);
  const std::string address = StoredAddress();
  EXPECT_NE(address, "");
  Start();
  Plug();
  Await([&] { return IsThere(); });
  EXPECT_EQ(Address(), address);
}

// Links come right behind the last answer of its start-up.
class HastyAdapterTest : public NewAdapterTest {
 protected:
  void Plug() {
    const EarlyLinks links(
        *DeviceAddress::Parse("C7:00:00:00:00:01", AddressType::kRandom));
    hook_ = [links, written = written_.hook()](hci::H4Direction direction,
                                               hci::Packet& packet) {
      links.AddTo(direction, packet);
      return written(direction, packet);
    };
    NewAdapterTest::Plug();
  }
  void AwaitRefusal() {
    Await([&] {
      return written_.Commands(hci::Opcode::kDisconnect) == 1 &&
             written_.Commands(
                 hci::Opcode::kLeLongTermKeyRequestNegativeReply) == 1;
    });
    EXPECT_EQ(written_.Commands(hci::Opcode::kLeLongTermKeyRequestReply), 0u);
    EXPECT_FALSE(AnyLinkShown(central_));
  }
};

TEST_F(HastyAdapterTest, HasNoLinksBeforeItsIdentityIsThere) {
  StopDisk();
  Plug();
  AwaitRefusal();
  EXPECT_FALSE(IsThere());
  ReleaseDisk();
  Await([&] { return IsThere(); });
  EXPECT_FALSE(AnyLinkShown(central_));
}

TEST_F(HastyAdapterTest, HasNoLinksAtItsFirstStart) {
  Plug();
  AwaitRefusal();
  Await([&] { return IsThere(); });
  EXPECT_FALSE(AnyLinkShown(central_));
}

TEST_F(HastyAdapterTest, HasNoLinksWhenItComesBack) {
  NewAdapterTest::Plug();
  Await([&] { return IsThere(); });
  StopDisk();
  Plug();
  AwaitRefusal();
  Await([&] { return IsThere(); });
  EXPECT_FALSE(AnyLinkShown(central_));
}

TEST_F(NewAdapterTest, OneThatIsKnownDoesNotWaitForTheDisk) {
  Plug();
  Await([&] { return IsThere(); });
  const std::string address = Address();
  relay_->Unplug();
  Await([&] { return !IsThere(); });
  StopDisk();
  Plug();
  Await([&] { return IsThere(); });
  EXPECT_EQ(Address(), address);
  EXPECT_EQ(TimesWaiting(), 1u);
}

}  // namespace
}  // namespace bondd::daemon::test
