// Bonds and their removal, and the calls that wait longest.

#include <fcntl.h>

#include "tests/api/row.h"
#include "tests/daemon/stopped_writer.h"

namespace bondd::api::test {

namespace {

const Json kPeer = Json::array({kPeripheralAddress, "public"});

// sim0 is bonded.
Provoke Bonded(const std::string& signature = "",
               const Json& arguments = Json::array()) {
  return [=](Bed& bed, const Row& row) {
    bed.PairWell();
    return bed.Finish(bed.central_, row.method, signature, arguments);
  };
}

// The same, and the file system takes nothing more.
Provoke OnAFullDisk(const std::string& signature = "",
                    const Json& arguments = Json::array()) {
  return [=](Bed& bed, const Row& row) {
    bed.PairWell();
    bed.Note();
    bed.FillDisk();
    return bed.Finish(bed.central_, row.method, signature, arguments);
  };
}

// The first removal is on its way to the disk.
std::unique_ptr<Call> RemoveTwice(Bed& bed, const Row& row) {
  bed.PairWell();
  bed.Unlink();
  auto writer =
      std::make_unique<daemon::test::StoppedWriter>(bed.bondd_->pid());
  EXPECT_TRUE(writer->stopped());
  const auto first = bed.Start(bed.central_, row.method, "", Json::array());
  auto second = bed.Start(bed.central_, row.method, "", Json::array());
  // Both have arrived when a call that came after them is answered.
  bed.central_.Objects();
  writer.reset();
  second = bed.Done(std::move(second));
  bed.Await([&] { return first->done(); });
  EXPECT_FALSE(first->failed()) << first->message();
  // That the bond is gone is the first one's doing.
  bed.Note();
  return second;
}

std::unique_ptr<Call> RenameTooOften(Bed& bed, const Row& row) {
  constexpr int kMaxRenames = 16;
  bed.PairWell();
  daemon::test::StoppedWriter writer(bed.bondd_->pid());
  EXPECT_TRUE(writer.stopped());
  for (int i = 0; i < kMaxRenames; ++i) {
    bed.Finish(bed.central_, row.method, "", Json::array({std::to_string(i)}));
  }
  bed.Note();
  auto call =
      bed.Finish(bed.central_, row.method, "", Json::array({"too many"}));
  return call;
}

// h40 is pulled out before the disk has answered.
std::unique_ptr<Call> UnplugMeanwhile(Bed& bed, const Row& row) {
  bed.Advertise();
  bed.Accept();
  bed.Do(bed.central_, kRelayedPath, "InitiatePairing", "ssa{sv}",
         Json::array({kPeripheralAddress, "public", kNothing}));
  const daemon::test::StoppedWriter writer(bed.bondd_->pid());
  EXPECT_TRUE(writer.stopped());
  std::string path = kRelayedPath;
  std::string signature;
  Json arguments = Json::array();
  if (row.method == "Bond1.Remove") {
    path += "/bond_public_02B0DD000001";
  } else if (row.method.ends_with("RemoveBonding")) {
    signature = "ss";
    arguments = kPeer;
  } else if (row.method.ends_with("portBonds")) {
    const std::string name = bed.world_.Write("bonds", "");
    bed.open.emplace_back(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    signature = "hsa{sv}";
    arguments = Json::array({bed.open.back().get(), "json", kNothing});
  }
  auto call = bed.Start(bed.central_, row.method, signature, arguments, path);
  // It has arrived when a call that came after it is answered.
  bed.central_.Objects();
  bed.relay().Unplug();
  call = bed.Done(std::move(call));
  // The objects of its bonds have gone with it.
  bed.Note();
  return call;
}

std::unique_ptr<Call> AwaitTheOneThatWaits(Bed& bed, const Row&) {
  auto call = std::move(bed.waiting.front());
  bed.waiting.erase(bed.waiting.begin());
  return bed.Done(std::move(call));
}

}  // namespace

Rows BondRows() {
  using enum Stage;
  const std::string remove = "Adapter1.RemoveBonding";
  const std::string remove_all = "Adapter1.RemoveAllBonds";
  const std::string bond_remove = "Bond1.Remove";
  const std::string name = "set Bond1.Name";
  return {
      {kRelayed, remove, "AdapterGone", "", UnplugMeanwhile},
      {kRelayed, remove_all, "AdapterGone", "", UnplugMeanwhile},
      {kRelayed, bond_remove, "AdapterGone", "", UnplugMeanwhile},
      {kRelayed, "Adapter1.ExportBonds", "AdapterGone", "", UnplugMeanwhile},
      {kRelayed, "Adapter1.ImportBonds", "AdapterGone", "", UnplugMeanwhile},
      {kFresh, remove, "", "", Bonded("ss", kPeer)},
      {kIdle, remove, "InvalidArguments", "address",
       With("ss", Json::array({"", "public"}))},
      {kIdle, remove, "DoesNotExist", kNobody,
       With("ss", Json::array({kNobody, "public"}))},
      {kFresh, remove, "StoreFailed", "", OnAFullDisk("ss", kPeer)},
      {kCrowded, remove, "Busy", "too many calls", With("ss", kPeer)},
      {kFresh, remove_all, "", "", Bonded()},
      {kFresh, remove_all, "StoreFailed", "", OnAFullDisk()},
      {kCrowded, remove_all, "Busy", "too many calls", With()},
      {kFresh, bond_remove, "", "", Bonded()},
      {kFresh, bond_remove, "DoesNotExist", "bond", RemoveTwice},
      {kFresh, bond_remove, "StoreFailed", "", OnAFullDisk()},
      {kCrowded, bond_remove, "Busy", "too many calls", With()},
      {kFresh, name, "", "", Bonded("", Json::array({"lamp"}))},
      {kBonded, name, "InvalidArguments", "Name",
       With("", Json::array({"a\nb"}))},
      {kBonded, name, "InvalidArguments", "Name",
       With("", Json::array({std::string(249, 'x')}))},
      {kFresh, name, "Busy", "too many names", RenameTooOften},
  };
}

Rows LateRows() {
  using enum Stage;
  const auto once_dead = [](const std::string& adapter) {
    return OnLinkOf(adapter, "a{sv}", Json::array({kNothing}));
  };
  return {
      {kStalledExport, "Adapter1.ExportBonds", "TimedOut", "",
       AwaitTheOneThatWaits},
      {kStalledImport, "Adapter1.ImportBonds", "TimedOut", "",
       AwaitTheOneThatWaits},
      // In the order in which they were made.
      {kOverdue, "Adapter1.InitiatePairing", "TimedOut", "side timeout",
       AwaitTheOneThatWaits},
      {kOverdue, "Connection1.SendSecurityRequest", "TimedOut", "side timeout",
       AwaitTheOneThatWaits},
      {kOverdue, "Connection1.InitiatePairing", "TimedOut", "new link",
       once_dead(kCentralPath)},
      {kOverdue, "Connection1.InitiateEncryption", "TimedOut", "new link",
       once_dead(kCentralPath)},
  };
}

}  // namespace bondd::api::test
