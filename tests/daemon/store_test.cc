// Bonds in and out through a caller's descriptor, and what goes wrong with the
// files underneath.

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "tests/daemon/pair.h"
#include "tests/daemon/stopped_writer.h"

namespace bondd::daemon::test {
namespace {

constexpr char kBond[] = "/org/bondd/sim0/bond_public_02B0DD000001";

class StoreTest : public PairTest {
 protected:
  // The key that the central's bond with the peripheral has.
  Json LtkOfBond() {
    return Exported(kCentralPath).at("bonds").at(0).at("local_ltk");
  }
  // Both sides of a pairing have all keys.
  void AwaitKeys() {
    Await([&] {
      return std::ranges::count(central_.signals(), "KeysReceived",
                                &integration::Signal::member) == 2;
    });
  }

  // The export or import of a file of the test's folder; the call, done.
  std::unique_ptr<Call> Transfer(const std::string& method,
                                 const std::string& file,
                                 const std::string& format, int flags,
                                 const Json& options = Json::object()) {
    return TransferBonds(central_, kCentralPath, method,
                         world_.folder.path() / file, format, flags, options);
  }
  std::unique_ptr<Call> Export(const std::string& file,
                               const std::string& format,
                               const Json& options = Json::object()) {
    return Transfer("ExportBonds", file, format, O_WRONLY | O_CREAT | O_TRUNC,
                    options);
  }
  std::unique_ptr<Call> Import(const std::string& file,
                               const std::string& format) {
    return Transfer("ImportBonds", file, format, O_RDONLY);
  }

  void RemoveBond() {
    Do(central_, kCentralPath, "RemoveBonding", "ss",
       Json::array({kPeripheralAddress, "public"}));
    Await([&] { return LinkOf(kCentralPath).empty(); });
  }
};

TEST_F(StoreTest, ExportedBondEncryptsAgainOnceItIsImported) {
  PairWell();
  const auto exported = Export("bonds", "json");
  ASSERT_FALSE(exported->failed()) << exported->message();
  RemoveBond();
  ASSERT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  const auto imported = Import("bonds", "json");
  ASSERT_FALSE(imported->failed()) << imported->message();
  EXPECT_EQ(imported->values().at(0), Json::array({kBond}));
  EXPECT_TRUE(central_.Objects().contains(kBond));
  Advertise();
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({kPeripheralAddress, "public", Json::object()}));
  EXPECT_TRUE(Encrypted(kCentralPath));
}

TEST_F(StoreTest, ImportThatBringsNothingGoodChangesNothing) {
  PairWell();
  world_.Write("bonds", "no bonds at all");
  EXPECT_EQ(Import("bonds", "json")->error(),
            "org.bondd.Error.InvalidArguments");
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(central_.Objects().contains(kBond));
}

TEST_F(StoreTest, ExportOfABondThatIsNotThereDoesNotExist) {
  const auto call =
      Export("bonds", "json",
             {{"Address", kPeripheralAddress}, {"AddressType", "public"}});
  EXPECT_EQ(call->error(), "org.bondd.Error.DoesNotExist");
}

TEST_F(StoreTest, DescriptorOpenTheWrongWayIsAnInvalidArgument) {
  world_.Write("bonds", "");
  EXPECT_EQ(Transfer("ExportBonds", "bonds", "json", O_RDONLY)->error(),
            "org.bondd.Error.InvalidArguments");
  EXPECT_EQ(Transfer("ImportBonds", "bonds", "json", O_WRONLY)->error(),
            "org.bondd.Error.InvalidArguments");
}

TEST_F(StoreTest, FaultOfTheDescriptorIsAnInvalidArgument) {
  constexpr char kInvalid[] = "org.bondd.Error.InvalidArguments";
  world_.Write("large", "");
  std::filesystem::resize_file(world_.folder.path() / "large", 65 << 20);
  EXPECT_EQ(Import("large", "json")->error(), kInvalid);
  std::filesystem::create_directory(world_.folder.path() / "folder");
  EXPECT_EQ(Transfer("ImportBonds", "folder", "json", O_RDONLY | O_DIRECTORY)
                ->error(),
            kInvalid);
  std::array<int, 2> ends = {};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  close(ends[0]);
  const auto call =
      central_.Finish(kCentralPath, kAdapter, "ExportBonds", "hsa{sv}",
                      Json::array({ends[1], "json", Json::object()}));
  close(ends[1]);
  EXPECT_EQ(call->error(), kInvalid);
  EXPECT_NE(call->message().find("Broken pipe"), std::string::npos);
}

TEST_F(StoreTest, RemovalCancelsThePairingThatWouldMakeTheFirstBond) {
  Advertise();
  Accept({{"IoCapability", "DisplayYesNo"}});
  const auto pairing =
      StartPairing(central_, {{"IoCapability", "DisplayYesNo"}});
  AwaitPrompt(kPeripheralPath, "number-comparison");
  RemoveBond();
  Await([&] { return pairing->done(); });
  EXPECT_EQ(pairing->error(), "org.bondd.Error.Canceled");
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(StoreTest, BondThatIsImportedDuringAPairingStaysIfThatGivesAWeakerOne) {
  PairWell();
  ASSERT_FALSE(Export("bonds", "json")->failed());
  const Json ltk = LtkOfBond();
  RemoveBond();
  Do(peripheral_, kPeripheralPath, "RemoveBonding", "ss",
     Json::array({kCentralAddress, "public"}));
  central_.ForgetSignals();
  Advertise();
  const Json short_key = {
      {"IoCapability", "DisplayYesNo"}, {"MinKeySize", 7}, {"MaxKeySize", 7}};
  Accept(short_key);
  const auto pairing = StartPairing(central_, short_key);
  AwaitPrompt(kPeripheralPath, "number-comparison");
  AwaitPrompt(kCentralPath, "number-comparison");
  const auto imported = Import("bonds", "json");
  ASSERT_FALSE(imported->failed()) << imported->message();
  const Json yes = Json::array({true});
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "ConfirmNumber", "b", yes),
            "");
  EXPECT_EQ(OnLink(central_, kCentralPath, "ConfirmNumber", "b", yes), "");
  Await([&] { return pairing->done(); });
  EXPECT_EQ(pairing->error(), "org.bondd.Error.Smp.KeyRejected");
  const Json result = AwaitCompleted(central_, kCentralPath);
  EXPECT_EQ(result["Bonded"], false);
  EXPECT_EQ(result["Side"], "local");
  Await([&] { return LinkOf(kCentralPath).empty(); });
  EXPECT_EQ(LtkOfBond(), ltk);
  EXPECT_EQ(central_.Property(kBond, "org.bondd.Bond1", "KeySize"), 16);
  // The disk is none the worse for it.
  Do(peripheral_, kPeripheralPath, "RemoveAllBonds");
  Advertise();
  Accept();
  EXPECT_EQ(PairingError({{"Replace", "always"}}), "");
  EXPECT_NE(LtkOfBond(), ltk);
}

TEST_F(StoreTest, BondThatTheUserWasNotAskedAboutStays) {
  PairWell();
  const Json ltk = LtkOfBond();
  ASSERT_FALSE(Export("bonds", "json")->failed());
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  const auto pairing = StartPairing(central_, {{"Replace", "ask"}});
  AwaitPrompt(kCentralPath, "consent");
  const auto imported = Import("bonds", "json");
  ASSERT_FALSE(imported->failed()) << imported->message();
  EXPECT_EQ(OnLink(central_, kCentralPath, "AcceptRequest", "a{sv}",
                   Json::array({Json::object()})),
            "");
  Await([&] { return pairing->done(); });
  EXPECT_EQ(pairing->error(), "org.bondd.Error.Smp.KeyRejected");
  EXPECT_EQ(LtkOfBond(), ltk);
}

TEST_F(StoreTest, PairingThatIsCanceledTooLateLeavesTheBondThatWasThere) {
  PairWell();
  const Json ltk = LtkOfBond();
  central_.ForgetSignals();
  auto writer = std::make_unique<StoppedWriter>(bondd_->pid());
  ASSERT_TRUE(writer->stopped());
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  const auto pairing = StartPairing(central_);
  AwaitKeys();
  EXPECT_EQ(OnLink(central_, kCentralPath, "CancelPairing"), "");
  writer.reset();
  Await([&] { return pairing->done() && LinkOf(kCentralPath).empty(); });
  EXPECT_EQ(pairing->error(), "org.bondd.Error.Canceled");
  Restart();
  EXPECT_EQ(LtkOfBond(), ltk);
}

TEST_F(StoreTest, RekeyedStoreKeepsItsBonds) {
  PairWell();
  ASSERT_EQ(bondd_->Stop(), EX_OK);
  Bondd rekey(world_, {"--rekey"});
  EXPECT_EQ(rekey.AwaitExit(), EX_OK) << rekey.Output();
  EXPECT_TRUE(rekey.Says("key")) << rekey.Output();
  Start();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(StoreTest, RunningDaemonIsNotRekeyed) {
  Bondd rekey(world_, {"--rekey"});
  EXPECT_EQ(rekey.AwaitExit(), EX_UNAVAILABLE) << rekey.Output();
  EXPECT_TRUE(bondd_->running());
}

TEST_F(StoreTest, LostKeyIsToldAndRefusesBondingAlone) {
  PairWell();
  EXPECT_EQ(StoreNotices(), Json::array());
  ASSERT_EQ(bondd_->Stop(), EX_OK);
  std::filesystem::remove(world_.state() / "bonds.key");
  Start();
  EXPECT_FALSE(StoreNotices().empty());
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  Advertise();
  Accept({{"Bonding", false}});
  EXPECT_EQ(PairingError(), "StoreFailed");
  EXPECT_EQ(PairingError({{"Bonding", false}}), "");
}

TEST_F(StoreTest, NamesThatTheDiskDoesNotKeepUpWithAreRefused) {
  PairWell();
  auto writer = std::make_unique<StoppedWriter>(bondd_->pid());
  ASSERT_TRUE(writer->stopped());
  const auto rename = [&](const std::string& name) {
    return central_
        .Finish(kBond, "org.freedesktop.DBus.Properties", "Set", "ssv",
                Json::array({"org.bondd.Bond1", "Name", name}))
        ->error();
  };
  for (int i = 1; i <= 16; ++i) EXPECT_EQ(rename(std::to_string(i)), "");
  EXPECT_EQ(rename("17"), "org.bondd.Error.Busy");
  writer.reset();
  Await([&] { return rename("last") == ""; });
  EXPECT_EQ(central_.Property(kBond, "org.bondd.Bond1", "Name"), "last");
}

TEST_F(StoreTest, BondThatIsBeingRemovedIsUsedNoMore) {
  PairWell();
  const std::string link = LinkOf(kCentralPath);
  auto writer = std::make_unique<StoppedWriter>(bondd_->pid());
  ASSERT_TRUE(writer->stopped());
  const auto removal =
      central_.Start(kCentralPath, kAdapter, "RemoveBonding", "ss",
                     Json::array({kPeripheralAddress, "public"}));
  Await([&] { return LinkOf(kCentralPath) != link; });
  Advertise();
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({kPeripheralAddress, "public", Json::object()}));
  EXPECT_FALSE(Encrypted(kCentralPath));
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(removal->done());
  writer.reset();
  Await([&] { return removal->done(); });
  EXPECT_FALSE(removal->failed()) << removal->message();
  EXPECT_FALSE(central_.Objects().contains(kBond));
}

TEST_F(StoreTest, RemovalAfterTheLastUseIsNoErrorAnywhere) {
  PairWell();
  ASSERT_EQ(bondd_->Stop(), EX_OK);
  Start();
  auto writer = std::make_unique<StoppedWriter>(bondd_->pid());
  ASSERT_TRUE(writer->stopped());
  Advertise();
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({kPeripheralAddress, "public", Json::object()}));
  ASSERT_TRUE(Encrypted(kCentralPath));
  const auto removal = central_.Start(kCentralPath, kAdapter, "RemoveAllBonds");
  const auto other =
      central_.Start(kPeripheralPath, kAdapter, "RemoveBonding", "ss",
                     Json::array({kCentralAddress, "public"}));
  Await([&] { return LinkOf(kCentralPath).empty(); });
  writer.reset();
  Await([&] { return removal->done() && other->done(); });
  EXPECT_FALSE(removal->failed()) << removal->message();
  EXPECT_FALSE(other->failed()) << other->message();
  EXPECT_FALSE(bondd_->Says("no such bond")) << bondd_->Output();
  Restart();
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress));
}

class SlowStoreTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    Prepare();
    writer_ = std::make_unique<StoppedWriter>(bondd_->pid());
    ASSERT_TRUE(writer_->stopped());
    Advertise();
    Accept();
    pairing_ = StartPairing(central_);
    AwaitKeys();
  }

  // What comes before the disk stands still.
  virtual void Prepare() {}
  // Lets the writer go on.
  void Release() { writer_.reset(); }

  std::unique_ptr<StoppedWriter> writer_;
  std::unique_ptr<Call> pairing_;
};

TEST_F(SlowStoreTest, NothingIsToldBeforeTheBondIsOnDisk) {
  EXPECT_EQ(LinkProperty(kCentralPath, "PairingState"), "distributing-keys");
  EXPECT_EQ(Completed(central_, kCentralPath), nullptr);
  EXPECT_FALSE(pairing_->done());
  EXPECT_EQ(PairingError(), "InProgress");
  Release();
  Await([&] { return pairing_->done(); });
  EXPECT_FALSE(pairing_->failed()) << pairing_->message();
}

TEST_F(SlowStoreTest, LinkThatIsLostMeanwhileIsAnsweredWhenTheBondIsThere) {
  const auto disconnect =
      central_.Start(LinkOf(kCentralPath), kConnection, "Disconnect");
  Do(central_, kCentralPath, "StopScan");
  EXPECT_FALSE(pairing_->done());
  Release();
  Await([&] { return pairing_->done() && disconnect->done(); });
  EXPECT_FALSE(pairing_->failed()) << pairing_->message();
  EXPECT_EQ(AwaitCompleted(central_, kCentralPath)["Status"], "ok");
  EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["Status"], "ok");
  Await([&] {
    return LinkOf(kCentralPath).empty() && LinkOf(kPeripheralPath).empty();
  });
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(SlowStoreTest, BondThatIsOnItsWayCanBeRemoved) {
  const auto removal =
      central_.Start(kCentralPath, kAdapter, "RemoveBonding", "ss",
                     Json::array({kPeripheralAddress, "public"}));
  const auto all = central_.Start(kPeripheralPath, kAdapter, "RemoveAllBonds");
  Do(central_, kCentralPath, "StopScan");
  EXPECT_FALSE(removal->done());
  Release();
  Await([&] { return removal->done() && all->done() && pairing_->done(); });
  EXPECT_FALSE(removal->failed()) << removal->message();
  EXPECT_FALSE(all->failed()) << all->message();
  EXPECT_EQ(pairing_->error(), "org.bondd.Error.Canceled");
  Await([&] { return LinkOf(kCentralPath).empty(); });
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress));
  EXPECT_FALSE(central_.Objects().contains(kBond));
  Restart();
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(SlowStoreTest, PairingIsCanceledAndLeavesNoBond) {
  EXPECT_EQ(OnLink(central_, kCentralPath, "CancelPairing"), "");
  EXPECT_FALSE(pairing_->done());
  Release();
  Await([&] { return pairing_->done(); });
  EXPECT_EQ(pairing_->error(), "org.bondd.Error.Canceled");
  Await([&] { return LinkOf(kCentralPath).empty(); });
  Restart();
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(SlowStoreTest, DaemonThatIsToldToEndAnswersFirst) {
  bondd_->Ask();
  Release();
  EXPECT_EQ(bondd_->AwaitExit(), EX_OK);
  Await([&] { return pairing_->done(); });
  EXPECT_FALSE(pairing_->failed()) << pairing_->message();
  Start();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
}

// Beside the two, sim2 and sim3, which have a bond already.
class SecondLinkTest : public SlowStoreTest {
 protected:
  static constexpr char kCentral[] = "/org/bondd/sim2";
  static constexpr char kPeripheral[] = "/org/bondd/sim3";
  static constexpr char kAddress[] = "02:B0:DD:00:00:03";
  // What the disk takes at least: longer, where the other link needs longer.
  static constexpr auto kStoring = std::chrono::milliseconds(500);

  Words MoreArguments() override {
    return {"--adapter", "sim", "--adapter", "sim"};
  }
  void Prepare() override {
    Await([&] { return central_.Objects().contains(kPeripheral); });
    EXPECT_EQ(PairThem(Json::object()), "");
    Await([&] { return Completed(peripheral_, kPeripheral) != nullptr; });
    Do(central_, kCentral, "StopScan");
    central_.Must(LinkOf(kCentral), kConnection, "Disconnect");
    Await([&] { return LinkOf(kPeripheral).empty(); });
    central_.ForgetSignals();
  }

  // The error, if any.
  std::string PairThem(const Json& options) {
    Do(peripheral_, kPeripheral, "StartAdvertising", "a{sv}",
       Json::array({{{"IntervalMs", 20}}}));
    Json armed = options;
    armed["Address"] = "02:B0:DD:00:00:02";
    armed["AddressType"] = "public";
    Do(peripheral_, kPeripheral, "AcceptPairing", "a{sv}",
       Json::array({armed}));
    return central_
        .Finish(kCentral, kAdapter, "InitiatePairing", "ssa{sv}",
                Json::array({kAddress, "public", options}))
        ->message();
  }
};

TEST_F(SecondLinkTest, EncryptsAndPairsWhileAStoreTakesHalfASecondAndMore) {
  ASSERT_TRUE(writer_->GoOnToSync());
  const auto end = std::chrono::steady_clock::now() + kStoring;
  Do(peripheral_, kPeripheral, "StartAdvertising", "a{sv}",
     Json::array({{{"IntervalMs", 20}}}));
  Do(central_, kCentral, "Connect", "ssa{sv}",
     Json::array({kAddress, "public", Json::object()}));
  EXPECT_TRUE(Encrypted(kCentral));
  do {
    EXPECT_EQ(PairThem({{"Bonding", false}}), "");
  } while (!HasFailure() && std::chrono::steady_clock::now() < end);
  Await([&] { return Completed(central_, kCentral) != nullptr; });
  EXPECT_EQ(AwaitCompleted(central_, kCentral)["Status"], "ok");
  // All of that came between StoreBond and BondStored.
  EXPECT_FALSE(pairing_->done());
  EXPECT_EQ(Completed(central_, kCentralPath), nullptr);
  EXPECT_EQ(LinkProperty(kCentralPath, "PairingState"), "distributing-keys");
  Release();
  Await([&] { return pairing_->done(); });
  EXPECT_FALSE(pairing_->failed()) << pairing_->message();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
}

class FullStoreTest : public StoreTest {
 protected:
  Words MoreArguments() override {
    return {"--adapter", "sim", "--config",
            world_.Write("two.conf",
                         "[Bonds]\n"
                         "MaxBonds=2\n")};
  }
};

TEST_F(FullStoreTest, Row21_OneMoreThanMaxBondsIsRefusedBeforeAnythingIsSent) {
  PairWell();
  central_.ForgetSignals();
  SetProperty(central_, "/org/bondd/sim2", "Trace", true);
  const auto sent = [&] {
    return std::ranges::count(central_.signals(), "PduTraced",
                              &integration::Signal::member);
  };
  Advertise();
  Accept({{"Bonding", false}});
  const auto pair = [&](const Json& options) {
    return central_.Finish(
        "/org/bondd/sim2", kAdapter, "InitiatePairing", "ssa{sv}",
        Json::array({kPeripheralAddress, "public", options}));
  };
  const auto third = pair(Json::object());
  EXPECT_EQ(third->error(), "org.bondd.Error.StoreFailed");
  EXPECT_NE(third->message().find("MaxBonds"), std::string::npos)
      << third->message();
  EXPECT_NE(LinkOf("/org/bondd/sim2"), "");
  EXPECT_EQ(sent(), 0);
  const auto loose = pair({{"Bonding", false}});
  EXPECT_FALSE(loose->failed()) << loose->message();
  EXPECT_GT(sent(), 0);
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
}

}  // namespace
}  // namespace bondd::daemon::test
