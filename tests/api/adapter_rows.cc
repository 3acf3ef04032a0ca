// What Adapter1 does without a radio: arming, bonds, out-of-band data and its
// properties.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "common/unique_fd.h"
#include "tests/api/row.h"

namespace bondd::api::test {

namespace {

const Json kContradiction = {{"SecureConnections", "off"}, {"RequireLevel", 4}};

Provoke Peer(const std::string& address, const std::string& type) {
  return With("ss", Json::array({address, type}));
}
Provoke Peer(const std::string& address, const std::string& type,
             const Json& last) {
  const char* signature = last.is_string() ? "sss" : "ssa{sv}";
  return With(signature, Json::array({address, type, last}));
}
// Nobody is at the other end.
class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    reading = UniqueFd(ends[0]);
    writing = UniqueFd(ends[1]);
  }

  UniqueFd reading;
  UniqueFd writing;
};

// With the end of a pipe that the method wants, or the other one.
Provoke Transfer(const std::string& format, const Json& options,
                 bool wrong_end = false) {
  return [=](Bed& bed, const Row& row) {
    const Pipe pipe;
    const bool reads = row.method.ends_with("ImportBonds");
    const UniqueFd& end = reads != wrong_end ? pipe.reading : pipe.writing;
    return bed.Finish(bed.central_, row.method, "hsa{sv}",
                      Json::array({end.get(), format, options}));
  };
}

// Through a file of the bed's folder.
std::unique_ptr<Call> TransferFile(Bed& bed, const std::string& method,
                                   int flags,
                                   const std::string& format = "json",
                                   const std::string& adapter = kCentralPath) {
  const std::string name = bed.world_.folder.path() / "bonds";
  const UniqueFd file(::open(name.c_str(), flags | O_CLOEXEC, 0600));
  return bed.Finish(bed.central_, method, "hsa{sv}",
                    Json::array({file.get(), format, kNothing}), adapter);
}

constexpr int kRewrite = O_WRONLY | O_CREAT | O_TRUNC;

// What another adapter has.
std::unique_ptr<Call> ImportOfAnother(Bed& bed, const Row& row) {
  EXPECT_EQ(
      TransferFile(bed, "Adapter1.ExportBonds", kRewrite, "bluez")->error(),
      "");
  return TransferFile(bed, row.method, O_RDONLY, "bluez", kPeripheralPath);
}

std::unique_ptr<Call> ExportWithoutKey(Bed& bed, const Row& row) {
  bed.PairWell();
  bed.LoseKey();
  bed.Note();
  return TransferFile(bed, row.method, kRewrite);
}

// Nobody reads what is exported any more.
std::unique_ptr<Call> ExportToNobody(Bed& bed, const Row& row) {
  Pipe pipe;
  pipe.reading.Close();
  return bed.Finish(bed.central_, row.method, "hsa{sv}",
                    Json::array({pipe.writing.get(), "json", kNothing}));
}

std::unique_ptr<Call> Generate(BusClient& user, Bed& bed) {
  return bed.Finish(user, "Adapter1.GenerateOob", "a{sv}",
                    Json::array({kNothing}));
}

std::unique_ptr<Call> SetRemote(BusClient& user, Bed& bed, int number) {
  char address[] = "02:B0:DD:00:01:00";
  snprintf(address, sizeof(address), "02:B0:DD:00:01:%02X", number);
  return bed.Finish(user, "Adapter1.SetRemoteOob", "ssa{sv}",
                    Json::array({address, "public", {{"Tk", kOctets}}}));
}

}  // namespace

static Rows ArmingRows() {
  using enum Stage;
  const std::string accept = "Adapter1.AcceptPairing";
  return {
      {kFresh, accept, "", "",
       Dictionary({{"Address", kNobody},
                   {"AddressType", "public"},
                   {"Count", 2},
                   {"ForSeconds", 60}})},
      {kIdle, accept, "InvalidArguments", "Colour",
       Dictionary({{"Colour", "red"}})},
      {kIdle, accept, "InvalidArguments", "Bonding",
       Dictionary({{"Bonding", "yes"}})},
      {kIdle, accept, "InvalidArguments", "Count", Dictionary({{"Count", 0}})},
      {kIdle, accept, "InvalidArguments", "AddressType",
       Dictionary({{"Address", kNobody}})},
      {kIdle, accept, "InvalidArguments", "OobPeerRandom",
       Dictionary({{"OobPeerConfirm", kOctets}})},
      {kIdle, accept, "NotAchievable", "", Dictionary(kContradiction)},
      {kIdle, accept, "NotAuthorized", "AllowFixedPasskey",
       Dictionary({{"Passkey", 1}, {"IoCapability", "DisplayOnly"}})},
      {kIdle, accept, "DoesNotExist", "OobId", Dictionary({{"OobId", 99}})},
      {kIdle, "Adapter1.CancelAcceptPairing", "", "", With()},
      {kIdle, "Adapter1.Trust", "", "", With()},
      {kIdle, "Adapter1.Trust", "NotAuthorized", "only root",
       [](Bed& bed, const Row& row) {
         return bed.Finish(bed.stranger(), row.method, "", Json::array());
       }},
      {kCrowded, "Adapter1.Trust", "Busy", "too many calls", With()},

      {kFresh, "set Adapter1.Pairable", "", "", With("", Json::array({false}))},
      {kFresh, "set Adapter1.Trace", "", "", With("", Json::array({true}))},
      {kIdle, "set Adapter1.Privacy", "", "", With("", Json::array({"off"}))},
      {kIdle, "set Adapter1.Privacy", "InvalidArguments", "Privacy",
       With("", Json::array({"on"}))},
      {kIdle, "set Adapter1.Privacy", "NotSupported", "Privacy",
       With("", Json::array({"device"}))},
      {kFresh, "set Adapter1.PairingDefaults", "", "",
       With("", Json::array({{{"Mitm", "yes"}}}))},
      {kIdle, "set Adapter1.PairingDefaults", "InvalidArguments", "Passkey",
       With("", Json::array({{{"Passkey", 1}}}))},
      {kIdle, "set Adapter1.PairingDefaults", "InvalidArguments", "Oob",
       With("", Json::array({{{"Oob", "yes"}}}))},
      {kIdle, "set Adapter1.PairingDefaults", "NotAchievable", "",
       With("", Json::array({kContradiction}))},
      {kFresh, "set Adapter1.RepeatedAttempts", "", "",
       With("", Json::array({{{"First", 100}, {"Max", 200}}}))},
      {kIdle, "set Adapter1.RepeatedAttempts", "InvalidArguments", "Exponent",
       With("", Json::array({{{"Exponent", 17}}}))},
      {kIdle, "set Adapter1.RepeatedAttempts", "InvalidArguments", "Max",
       With("", Json::array({{{"First", 200}, {"Max", 100}}}))},
  };
}

static Rows BookRows() {
  using enum Stage;
  const std::string is_bonded = "Adapter1.IsDeviceBonded";
  return {
      {kBonded, is_bonded, "", "", Peer(kPeripheralAddress, "public", "any")},
      {kIdle, is_bonded, "InvalidArguments", "address",
       Peer("02:B0", "public", "any")},
      {kIdle, is_bonded, "InvalidArguments", "type",
       Peer(kNobody, "secret", "any")},
      {kIdle, is_bonded, "InvalidArguments", "role",
       Peer(kNobody, "public", "both")},
      {kBonded, "Adapter1.FindBond", "", "",
       Peer(kPeripheralAddress, "public")},
      {kIdle, "Adapter1.FindBond", "InvalidArguments", "address",
       Peer("nobody", "public")},
      {kIdle, "Adapter1.FindBond", "DoesNotExist", kNobody,
       Peer(kNobody, "public")},
      {kBonded, "Adapter1.ListBonds", "", "",
       [](Bed& bed, const Row& row) {
         auto call =
             bed.Finish(bed.central_, row.method, "uu", Json::array({0, 0}));
         EXPECT_EQ(call->values().at(0).size(), 1u);
         return call;
       }},

      {kFresh, "Adapter1.GenerateOob", "", "", Dictionary({{"Legacy", true}})},
      {kIdle, "Adapter1.GenerateOob", "InvalidArguments", "ForSeconds",
       Dictionary({{"ForSeconds", 0}})},
      {kFresh, "Adapter1.GenerateOob", "Busy", "release some",
       [](Bed& bed, const Row&) {
         for (int i = 0; i < 64; ++i) Generate(bed.central_, bed);
         return Generate(bed.central_, bed);
       }},
      {kFresh, "Adapter1.ReleaseOob", "", "",
       [](Bed& bed, const Row& row) {
         const Json id = Generate(bed.central_, bed)->values().at(0).at("Id");
         return bed.Finish(bed.central_, row.method, "u", Json::array({id}));
       }},
      {kIdle, "Adapter1.ReleaseOob", "DoesNotExist", "id",
       With("u", Json::array({99}))},
      {kFresh, "Adapter1.ReleaseOob", "NotAuthorized", "another user's",
       [](Bed& bed, const Row& row) {
         const Json id = Generate(bed.central_, bed)->values().at(0).at("Id");
         return bed.Finish(bed.stranger(), row.method, "u", Json::array({id}));
       }},
      {kFresh, "Adapter1.SetRemoteOob", "", "",
       Peer(kNobody, "public", {{"Confirm", kOctets}, {"Random", kOctets}})},
      {kIdle, "Adapter1.SetRemoteOob", "InvalidArguments", "Random",
       Peer(kNobody, "public", {{"Confirm", kOctets}})},
      {kFresh, "Adapter1.SetRemoteOob", "NotAuthorized", "another user's",
       [](Bed& bed, const Row&) {
         EXPECT_EQ(SetRemote(bed.central_, bed, 1)->error(), "");
         return SetRemote(bed.stranger(), bed, 1);
       }},
      {kFresh, "Adapter1.SetRemoteOob", "Busy", "clear some",
       [](Bed& bed, const Row& row) {
         for (int i = 0; i < 256; ++i) SetRemote(bed.central_, bed, i);
         return bed.Finish(bed.central_, row.method, "ssa{sv}",
                           Json::array({kNobody, "public", {{"Tk", kOctets}}}));
       }},
      {kFresh, "Adapter1.ClearRemoteOob", "", "",
       [](Bed& bed, const Row& row) {
         SetRemote(bed.central_, bed, 1);
         return bed.Finish(bed.central_, row.method, "ss",
                           Json::array({"02:B0:DD:00:01:01", "public"}));
       }},
      {kIdle, "Adapter1.ClearRemoteOob", "InvalidArguments", "type",
       Peer(kNobody, "")},
      {kIdle, "Adapter1.ClearRemoteOob", "DoesNotExist", "OOB",
       Peer(kNobody, "public")},
      {kFresh, "Adapter1.ClearRemoteOob", "NotAuthorized", "another user's",
       [](Bed& bed, const Row& row) {
         SetRemote(bed.central_, bed, 1);
         return bed.Finish(bed.stranger(), row.method, "ss",
                           Json::array({"02:B0:DD:00:01:01", "public"}));
       }},
  };
}

static Rows TransferRows() {
  using enum Stage;
  const std::string to = "Adapter1.ExportBonds";
  const std::string from = "Adapter1.ImportBonds";
  return {
      {kBonded, to, "", "",
       [](Bed& bed, const Row& row) {
         return TransferFile(bed, row.method, kRewrite);
       }},
      {kIdle, to, "InvalidArguments", "fd", Transfer("json", kNothing, true)},
      {kIdle, to, "InvalidArguments", "format", Transfer("yaml", kNothing)},
      {kIdle, to, "InvalidArguments", "Replace",
       Transfer("json", {{"Replace", "always"}})},
      {kIdle, to, "DoesNotExist", kNobody,
       Transfer("json", {{"Address", kNobody}, {"AddressType", "public"}})},
      {kBonded, to, "InvalidArguments", "descriptor", ExportToNobody},
      {kCrowded, to, "Busy", "too many calls", Transfer("json", kNothing)},
      {kFresh, to, "StoreFailed", "key", ExportWithoutKey},

      {kFresh, from, "", "",
       [](Bed& bed, const Row& row) {
         bed.PairWell();
         TransferFile(bed, "Adapter1.ExportBonds", kRewrite);
         auto call = TransferFile(bed, row.method, O_RDONLY);
         return call;
       }},
      {kIdle, from, "InvalidArguments", "fd", Transfer("json", kNothing, true)},
      {kIdle, from, "InvalidArguments", "wireshark",
       Transfer("wireshark", kNothing)},
      {kIdle, from, "InvalidArguments", "Replace",
       Transfer("json", {{"Replace", "ask"}})},
      {kIdle, from, "InvalidArguments", "",
       [](Bed& bed, const Row& row) {
         bed.world_.Write("bonds", "no bonds at all");
         return TransferFile(bed, row.method, O_RDONLY);
       }},
      {kBonded, from, "InvalidArguments", "no LE bond", ImportOfAnother},
      {kCrowded, from, "Busy", "too many calls", Transfer("json", kNothing)},
      {kFresh, from, "StoreFailed", "",
       [](Bed& bed, const Row& row) {
         bed.PairWell();
         TransferFile(bed, "Adapter1.ExportBonds", kRewrite);
         bed.FillDisk();
         bed.Note();
         return TransferFile(bed, row.method, O_RDONLY);
       }},
  };
}

static Rows TrustRows() {
  using enum Stage;
  const std::string trust = "Adapter1.Trust";
  return {
      {kRelayed, trust, "", "",
       [](Bed& bed, const Row& row) {
         bed.ReplaceController();
         auto call = bed.Finish(bed.central_, row.method, "", Json::array(),
                                kRelayedPath);
         EXPECT_EQ(bed.central_.Property(kRelayedPath, kAdapter, "Trusted"),
                   true);
         return call;
       }},
      {kCrowded, trust, "Busy", "too many calls", With()},
      {kIdle, trust, "NotAuthorized", "root",
       [](Bed& bed, const Row& row) {
         return bed.Finish(bed.stranger(), row.method, "", Json::array());
       }},
      {kRelayed, trust, "StoreFailed", "",
       [](Bed& bed, const Row& row) {
         bed.ReplaceController();
         bed.FillDisk();
         bed.Note();
         return bed.Finish(bed.central_, row.method, "", Json::array(),
                           kRelayedPath);
       }},
      {kRelayed, "Connection1.InitiateEncryption", "NotAuthorized", "Trusted",
       [](Bed& bed, const Row& row) {
         bed.ReplaceController();
         bed.LinkFrom(kRelayedPath, kPeripheralPath, kPeripheralAddress);
         bed.Note();
         return bed.Finish(bed.central_, row.method, "a{sv}",
                           Json::array({kNothing}), bed.LinkOf(kRelayedPath));
       }},
  };
}

Rows AdapterRows() {
  Rows all = ArmingRows();
  for (const Rows& rows : {BookRows(), TransferRows(), TrustRows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace bondd::api::test
