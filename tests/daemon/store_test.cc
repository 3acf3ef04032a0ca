// Bonds in and out through a caller's descriptor, and what goes wrong with the
// files underneath.

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>

#include "tests/daemon/pair.h"
#include "tests/daemon/stopped_writer.h"

namespace bondd::daemon::test {
namespace {

constexpr char kBond[] = "/org/bondd/sim0/bond_public_02B0DD000001";

class StoreTest : public PairTest {
 protected:
  // The export or import of a file of the test's folder; the call, done.
  std::unique_ptr<Call> Transfer(const std::string& method,
                                 const std::string& file,
                                 const std::string& format, int flags,
                                 const Json& options = Json::object()) {
    const std::filesystem::path path = world_.folder.path() / file;
    const int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
    auto call = central_.Finish(kCentralPath, kAdapter, method, "hsa{sv}",
                                Json::array({fd, format, options}));
    close(fd);
    return call;
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

  Json Notices() {
    return central_.Property("/org/bondd", "org.bondd.Manager1",
                             "StoreNotices");
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
  EXPECT_EQ(Notices(), Json::array());
  ASSERT_EQ(bondd_->Stop(), EX_OK);
  std::filesystem::remove(world_.state() / "bonds.key");
  Start();
  EXPECT_FALSE(Notices().empty());
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

class SlowStoreTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    writer_ = std::make_unique<StoppedWriter>(bondd_->pid());
    ASSERT_TRUE(writer_->stopped());
    Advertise();
    Accept();
    pairing_ = StartPairing(central_);
    Await([&] {
      return std::ranges::count(central_.signals(), "KeysReceived",
                                &integration::Signal::member) == 2;
    });
  }

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

class FullStoreTest : public StoreTest {
 protected:
  Words MoreArguments() override {
    return {"--adapter", "sim", "--config",
            world_.Write("two.conf",
                         "[Bonds]\n"
                         "MaxBonds=2\n")};
  }
};

TEST_F(FullStoreTest, OneBondMoreThanMaxBondsIsRefusedBeforeAnythingIsSent) {
  PairWell();
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
  const auto loose = pair({{"Bonding", false}});
  EXPECT_FALSE(loose->failed()) << loose->message();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
}

}  // namespace
}  // namespace bondd::daemon::test
