// The calls that pair, and each way in which pairing fails.

#include <fmt/format.h>

#include "tests/api/row.h"

namespace bondd::api::test {

namespace {

const Json kContradiction = {{"SecureConnections", "off"}, {"RequireLevel", 4}};
const Json kFixedPasskey = {{"Passkey", 1}, {"IoCapability", "DisplayOnly"}};
// Both users compare numbers, as no agent answers for them.
const Json kComparing = {{"IoCapability", "DisplayYesNo"}};

constexpr char kOnAdapter[] = "Adapter1.InitiatePairing";
constexpr char kOnLink[] = "Connection1.InitiatePairing";
constexpr char kRequest[] = "Connection1.SendSecurityRequest";

// One of the three calls: whose it is, and who is at the other side.
struct Scene {
  Scene(Bed& where, const Row& what)
      : bed(where), row(what), by_central(what.method != kRequest) {}

  std::unique_ptr<Call> Start(const Json& options = kNothing) {
    Json all = kComparing;
    all.update(options);
    if (row.method == kOnAdapter) {
      return bed.Start(user, row.method, "ssa{sv}",
                       Json::array({kPeripheralAddress, "public", all}));
    }
    return bed.Start(user, row.method, "a{sv}", Json::array({all}),
                     bed.LinkOf(adapter));
  }

  // The other side is armed, and there is a link where the call needs one.
  void Prepare() {
    bed.Advertise();
    if (row.method == kOnAdapter) return bed.Accept(kComparing);
    bed.Link();
    bed.OnLink(other, other_adapter, "AcceptPairing", "a{sv}",
               Json::array({kComparing}));
  }

  // Until this side's user is asked.
  std::unique_ptr<Call> StartAndAwaitPrompt(const Json& options = kNothing) {
    Prepare();
    auto call = Start(options);
    bed.AwaitPrompt(adapter, "number-comparison");
    return call;
  }

  Bed& bed;
  const Row& row;
  const bool by_central;
  BusClient& user = by_central ? bed.central_ : bed.peripheral_;
  const std::string adapter = by_central ? kCentralPath : kPeripheralPath;
  BusClient& other = by_central ? bed.peripheral_ : bed.central_;
  const std::string other_adapter = by_central ? kPeripheralPath : kCentralPath;
};

std::unique_ptr<Call> Succeed(Bed& bed, const Row& row) {
  Scene scene(bed, row);
  auto call = scene.StartAndAwaitPrompt();
  bed.AwaitPrompt(scene.other_adapter, "number-comparison");
  for (const char* adapter : {kCentralPath, kPeripheralPath}) {
    bed.OnLink(bed.central_, adapter, "ConfirmNumber", "b",
               Json::array({true}));
  }
  call = bed.Done(std::move(call));
  EXPECT_EQ(call->values().at(0).value("Method", ""), "NumericComparison");
  return call;
}

// A call of Connection1 by one of the two users, about the pairing.
Provoke Then(bool by_other, const std::string& method,
             const std::string& signature = "",
             const Json& arguments = Json::array()) {
  return [=](Bed& bed, const Row& row) {
    Scene scene(bed, row);
    auto call = scene.StartAndAwaitPrompt();
    if (by_other) bed.AwaitPrompt(scene.other_adapter, "number-comparison");
    EXPECT_EQ(bed.OnLink(by_other ? scene.other : scene.user,
                         by_other ? scene.other_adapter : scene.adapter, method,
                         signature, arguments),
              "");
    return bed.Done(std::move(call));
  };
}

std::unique_ptr<Call> RunOutOfTime(Bed& bed, const Row& row) {
  return bed.Done(Scene(bed, row).StartAndAwaitPrompt({{"TimeoutMs", 400}}));
}

std::unique_ptr<Call> CallTwice(Bed& bed, const Row& row) {
  Scene scene(bed, row);
  bed.waiting.push_back(scene.StartAndAwaitPrompt());
  return bed.Done(scene.Start());
}

// Nothing is done when the call has these options.
Provoke WithOptions(const Json& options) {
  return [=](Bed& bed, const Row& row) {
    return bed.Done(Scene(bed, row).Start(options));
  };
}

// Two bonds are all there is room for, and the third adapter has none.
std::unique_ptr<Call> PairWithoutRoom(Bed& bed, const Row& row) {
  constexpr char kThird[] = "/org/bondd/sim2";
  constexpr char kThirdAddress[] = "02:B0:DD:00:00:02";
  if (row.method != kRequest) {
    bed.Do(bed.peripheral_, kThird, "StartAdvertising", "a{sv}",
           Json::array({kNothing}));
  }
  if (row.method == kOnAdapter) {
    return bed.Finish(bed.central_, row.method, "ssa{sv}",
                      Json::array({kThirdAddress, "public", kNothing}));
  }
  bed.LinkFrom(kCentralPath, kThird, kThirdAddress);
  if (row.method == kOnLink) {
    return bed.Finish(bed.central_, row.method, "a{sv}",
                      Json::array({kNothing}));
  }
  bed.OnLink(bed.central_, kCentralPath, "AcceptPairing", "a{sv}",
             Json::array({{{"Bonding", false}}}));
  return bed.Finish(bed.peripheral_, row.method, "a{sv}",
                    Json::array({kNothing}), bed.LinkOf(kThird));
}

// sim1's user refuses sim0's pairing with this reason.
Provoke RefuseWith(int reason) {
  return [=](Bed& bed, const Row& row) {
    bed.Seat(bed.NewUser(), "NoInputNoOutput", Answer::kNone).make_default();
    bed.Link();
    auto call = bed.Start(bed.central_, row.method, "a{sv}",
                          Json::array({{{"IoCapability", "NoInputNoOutput"}}}));
    bed.AwaitPrompt(kPeripheralPath, "consent");
    EXPECT_EQ(bed.OnLink(bed.peripheral_, kPeripheralPath, "RejectRequest", "y",
                         Json::array({reason})),
              "");
    return bed.Done(std::move(call));
  };
}

// [Vol 3, Part H] 3.5.5: a reason that is none, on its way to h40.
std::unique_ptr<Call> RefuseForNoKnownReason(Bed& bed, const Row& row) {
  bed.LinkFrom(kRelayedPath, kPeripheralPath, kPeripheralAddress);
  bed.relay().set_hook([](hci::H4Direction direction, hci::Packet& packet) {
    constexpr size_t kCode = 8;  // behind the headers of HCI and L2CAP
    constexpr uint8_t kPairingFailed = 0x05;
    constexpr uint8_t kNone = 0x55;
    Bytes& data = packet.payload;
    if (direction == hci::H4Direction::kControllerToHost &&
        packet.type == hci::PacketType::kAclData && data.size() == kCode + 2 &&
        data[kCode] == kPairingFailed) {
      data[kCode + 1] = kNone;
    }
    return true;
  });
  return bed.Finish(bed.central_, row.method, "a{sv}", Json::array({kNothing}),
                    bed.LinkOf(kRelayedPath));
}

// While sim1's user is asked, h40 is pulled out.
std::unique_ptr<Call> Unplug(Bed& bed, const Row& row) {
  bed.Seat(bed.NewUser(), "NoInputNoOutput", Answer::kNone).make_default();
  bed.LinkFrom(kRelayedPath, kPeripheralPath, kPeripheralAddress);
  auto call = bed.Start(bed.central_, row.method, "a{sv}",
                        Json::array({kNothing}), bed.LinkOf(kRelayedPath));
  bed.AwaitPrompt(kPeripheralPath, "consent");
  bed.relay().Unplug();
  return bed.Done(std::move(call));
}

// The link is there, and this side is its peripheral.
std::unique_ptr<Call> PairAsPeripheral(Bed& bed, const Row& row) {
  return bed.Finish(bed.peripheral_, row.method, "ssa{sv}",
                    Json::array({kCentralAddress, "public", kNothing}),
                    kPeripheralPath);
}

std::unique_ptr<Call> PairOneTooMany(Bed& bed, const Row& row) {
  AskFor(bed, "number-comparison");
  bed.LinkFrom("/org/bondd/sim0", "/org/bondd/sim2", "02:B0:DD:00:00:02");
  std::string link;
  const Json objects = bed.central_.Objects();
  for (const auto& [path, interfaces] : objects.items()) {
    if (path.starts_with(daemon::test::kCentralLinks) &&
        interfaces[kConnection]["OnAirAddress"] == "02:B0:DD:00:00:02") {
      link = path;
    }
  }
  return bed.Finish(bed.central_, row.method, "a{sv}", Json::array({kNothing}),
                    link);
}

Rows ReasonRows() {
  const std::vector<std::string> names = {"PasskeyEntryFailed",
                                          "OobNotAvailable",
                                          "AuthenticationRequirements",
                                          "ConfirmValueFailed",
                                          "PairingNotSupported",
                                          "EncryptionKeySize",
                                          "CommandNotSupported",
                                          "UnspecifiedReason",
                                          "RepeatedAttempts",
                                          "InvalidParameters",
                                          "DhKeyCheckFailed",
                                          "NumericComparisonFailed",
                                          "BrEdrPairingInProgress",
                                          "CrossTransportNotAllowed",
                                          "KeyRejected",
                                          "Busy"};
  Rows rows;
  for (int reason = 1; reason <= static_cast<int>(names.size()); ++reason) {
    rows.push_back({Stage::kFresh, kOnLink,
                    "Smp." + names[static_cast<size_t>(reason - 1)],
                    fmt::format("0x{:02X}", reason), RefuseWith(reason)});
  }
  rows.push_back({Stage::kRelayed, kOnLink, "Smp.Unknown", "0x55",
                  RefuseForNoKnownReason});
  return rows;
}

}  // namespace

Rows PairingRows() {
  using enum Stage;
  Rows rows = ReasonRows();
  for (const char* method : {kOnAdapter, kOnLink, kRequest}) {
    // A call of Adapter1 that is refused makes no link.
    const Stage untouched = method == kOnAdapter ? kIdle : kLinked;
    const Rows more = {
        {kFresh, method, "", "", Succeed},
        {untouched, method, "InvalidArguments", "Colour",
         WithOptions({{"Colour", "red"}})},
        {untouched, method, "InvalidArguments", "Mitm",
         WithOptions({{"Mitm", true}})},
        {untouched, method, "InvalidArguments", "MinKeySize",
         WithOptions({{"MinKeySize", 6}})},
        {untouched, method, "NotAchievable", "", WithOptions(kContradiction)},
        {untouched, method, "NotAuthorized", "AllowFixedPasskey",
         WithOptions(kFixedPasskey)},
        {untouched, method, "DoesNotExist", "OobId",
         WithOptions({{"OobId", 99}})},
        {kFresh, method, "Rejected", "side local",
         Then(false, "ConfirmNumber", "b", Json::array({false}))},
        {kFresh, method, "Canceled", "side local",
         Then(false, "CancelPairing")},
        {kFresh, method, "LinkLost", "side link", Then(true, "Disconnect")},
        {kFresh, method, "Smp.NumericComparisonFailed", "side remote",
         Then(true, "ConfirmNumber", "b", Json::array({false}))},
        {kFresh, method, "TimedOut", "side timeout", RunOutOfTime},
        {kFresh, method, "InProgress", "", CallTwice},
        {kFull, method, "StoreFailed", "", PairWithoutRoom},
        {kCrowded, method, "Busy", "too many calls", WithOptions(kNothing)},
    };
    rows.insert(rows.end(), more.begin(), more.end());
  }
  const Rows roles = {
      {kLinked, kOnAdapter, "WrongRole", "peripheral", PairAsPeripheral},
      {kIdle, kOnAdapter, "InvalidArguments", "address",
       With("ssa{sv}", Json::array({"02:B0", "public", kNothing}))},
      {kLinked, kOnLink, "WrongRole", "peripheral",
       OnLinkOf(kPeripheralPath, "a{sv}", Json::array({kNothing}))},
      {kLinked, kRequest, "WrongRole", "central",
       OnLinkOf(kCentralPath, "a{sv}", Json::array({kNothing}))},
      {kRelayed, kOnLink, "LinkLost", "side link", Unplug},
      {kOnePairing, kOnLink, "Busy", "too many pairings", PairOneTooMany},
  };
  rows.insert(rows.end(), roles.begin(), roles.end());
  return rows;
}

}  // namespace bondd::api::test
