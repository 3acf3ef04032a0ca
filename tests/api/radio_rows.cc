// What Adapter1 does with its radio.

#include "hci/spec.h"
#include "tests/api/row.h"

namespace bondd::api::test {

namespace {

Provoke Connect(const std::string& address, const std::string& type,
                const Json& options, const std::string& path = "") {
  return With("ssa{sv}", Json::array({address, type, options}), path);
}
bool IsEvent(const hci::Packet& packet, hci::EventCode code) {
  return packet.type == hci::PacketType::kEvent &&
         packet.payload.at(0) == static_cast<uint8_t>(code);
}

// [Vol 4, Part E] 7.7.15: the controller takes no LE Create Connection.
bool RefuseCreateConnection(hci::H4Direction, hci::Packet& packet) {
  constexpr auto kOpcode =
      static_cast<uint16_t>(hci::Opcode::kLeCreateConnection);
  constexpr uint8_t kLimitedResources = 0x0D;
  Bytes& event = packet.payload;
  if (IsEvent(packet, hci::EventCode::kCommandStatus) &&
      event[4] == (kOpcode & 0xFF) && event[5] == kOpcode >> 8) {
    event[2] = kLimitedResources;
  }
  return true;
}

std::unique_ptr<Call> ConnectRelayed(Bed& bed, const Row& row) {
  return bed.Start(bed.central_, row.method, "ssa{sv}",
                   Json::array({kNobody, "public", kNothing}), kRelayedPath);
}

std::unique_ptr<Call> ConnectRefused(Bed& bed, const Row& row) {
  bed.relay().set_hook(RefuseCreateConnection);
  return bed.Done(ConnectRelayed(bed, row));
}

std::unique_ptr<Call> ConnectUnplugged(Bed& bed, const Row& row) {
  auto call = ConnectRelayed(bed, row);
  // It has arrived when a call that came after it is answered.
  bed.central_.Objects();
  bed.relay().Unplug();
  return bed.Done(std::move(call));
}

// More peers than wait for their turn.
std::unique_ptr<Call> ConnectTooMany(Bed& bed, const Row& row) {
  constexpr int kAttempts = 17;
  for (int i = 0; i < kAttempts; ++i) {
    const std::string peer = "02:B0:DD:00:01:" + std::to_string(10 + i);
    bed.waiting.push_back(
        bed.Start(bed.central_, row.method, "ssa{sv}",
                  Json::array({peer, "public", {{"TimeoutMs", 600'000}}})));
  }
  return bed.Finish(bed.central_, row.method, "ssa{sv}",
                    Json::array({kNobody, "public", kNothing}));
}

// h40 is bonded with sim1, which leaves while the link is being encrypted.
std::unique_ptr<Call> LoseWhileEncrypting(Bed& bed, const Row& row) {
  const Json peer = Json::array({kPeripheralAddress, "public", kNothing});
  bed.Advertise();
  bed.Accept();
  bed.Do(bed.central_, kRelayedPath, "InitiatePairing", "ssa{sv}", peer);
  bed.Note();
  bed.OnLink(bed.central_, kRelayedPath, "Disconnect");
  bed.Await([&] { return bed.LinkOf(kPeripheralPath).empty(); });
  bool encrypting = false;
  bed.relay().set_hook([&](hci::H4Direction, hci::Packet& packet) {
    const bool on = IsEvent(packet, hci::EventCode::kEncryptionChange);
    encrypting |= on;
    return !on;
  });
  auto call =
      bed.Start(bed.central_, row.method, "ssa{sv}", peer, kRelayedPath);
  bed.Await([&] { return encrypting; });
  bed.OnLink(bed.peripheral_, kPeripheralPath, "Disconnect");
  call = bed.Done(std::move(call));
  bed.relay().set_hook([](auto, auto&) { return true; });
  return call;
}

Rows ConnectRows() {
  using enum Stage;
  const std::string connect = "Adapter1.Connect";
  return {
      {kFresh, connect, "", "",
       [](Bed& bed, const Row& row) {
         bed.Advertise();
         auto call =
             bed.Finish(bed.central_, row.method, "ssa{sv}",
                        Json::array({kPeripheralAddress, "public", kNothing}));
         EXPECT_EQ(call->values().at(0), bed.LinkOf(kCentralPath));
         return call;
       }},
      {kIdle, connect, "InvalidArguments", "address",
       Connect("02:B0", "public", kNothing)},
      {kIdle, connect, "InvalidArguments", "type",
       Connect(kNobody, "secret", kNothing)},
      {kIdle, connect, "InvalidArguments", "Encrypt",
       Connect(kNobody, "public", {{"Encrypt", "yes"}})},
      {kIdle, connect, "InvalidArguments", "TimeoutMs",
       Connect(kNobody, "public", {{"TimeoutMs", 0}})},
      {kIdle, connect, "InvalidArguments", "Colour",
       Connect(kNobody, "public", {{"Colour", "red"}})},
      {kIdle, connect, "TimedOut", "",
       Connect(kNobody, "public", {{"TimeoutMs", 50}})},
      {kFresh, connect, "Busy", "too many connections", ConnectTooMany},
      {kCrowded, connect, "Busy", "too many calls",
       Connect(kNobody, "public", kNothing)},
      {kRelayed, connect, "NotConnected", "", ConnectRefused},
      {kRelayed, connect, "AdapterGone", "", ConnectUnplugged},
      {kRelayed, connect, "LinkLost", "", LoseWhileEncrypting},
      {kDisabled, connect, "NotSupported", "",
       Connect(kNobody, "public", kNothing, kRelayedPath)},
      {kEnding, connect, "NotReady", "",
       Connect(kNobody, "public", kNothing, kRelayedPath)},
      // The part of InitiatePairing that is as Connect.
      {kRelayed, "Adapter1.InitiatePairing", "NotConnected", "",
       ConnectRefused},
      {kRelayed, "Adapter1.InitiatePairing", "AdapterGone", "",
       ConnectUnplugged},
      {kDisabled, "Adapter1.InitiatePairing", "NotSupported", "",
       Connect(kNobody, "public", kNothing, kRelayedPath)},
      {kEnding, "Adapter1.InitiatePairing", "NotReady", "",
       Connect(kNobody, "public", kNothing, kRelayedPath)},
  };
}

}  // namespace

Rows RadioRows() {
  using enum Stage;
  const std::string advertise = "Adapter1.StartAdvertising";
  const std::string scan = "Adapter1.StartScan";
  const Json too_much(std::vector<int>(32, 0));
  Rows rows = {
      {kFresh, advertise, "", "",
       Dictionary(
           {{"Connectable", true}, {"Name", "lamp"}, {"IntervalMs", 20}})},
      {kIdle, advertise, "InvalidArguments", "IntervalMs",
       Dictionary({{"IntervalMs", 10}})},
      {kIdle, advertise, "InvalidArguments", "Data",
       Dictionary({{"Data", too_much}})},
      {kIdle, advertise, "InvalidArguments", "Name",
       Dictionary({{"Name", "a\nb"}})},
      {kDisabled, advertise, "NotSupported", "",
       Dictionary(kNothing, kRelayedPath)},
      {kEnding, advertise, "NotReady", "", Dictionary(kNothing, kRelayedPath)},
      {kIdle, "Adapter1.StopAdvertising", "", "", With()},
      {kFresh, scan, "", "", Dictionary({{"Active", true}, {"Seconds", 1}})},
      {kIdle, scan, "InvalidArguments", "Seconds",
       Dictionary({{"Seconds", 0}})},
      {kIdle, scan, "InvalidArguments", "Active",
       Dictionary({{"Active", "yes"}})},
      {kDisabled, scan, "NotReady", "", Dictionary(kNothing, kRelayedPath)},
      {kEnding, scan, "NotReady", "", Dictionary(kNothing, kRelayedPath)},
      {kIdle, "Adapter1.StopScan", "", "", With()},
      {kFresh, "Adapter1.GetScanResults", "", "",
       [](Bed& bed, const Row& row) {
         bed.Advertise();
         bed.Do(bed.central_, kCentralPath, "StartScan", "a{sv}",
                Json::array({kNothing}));
         std::unique_ptr<Call> call;
         bed.Await([&] {
           call = bed.Finish(bed.central_, row.method, "", Json::array());
           return !call->values().at(0).empty();
         });
         EXPECT_EQ(call->values().at(0).at(0)["Address"], kPeripheralAddress);
         return call;
       }},
  };
  const Rows connect = ConnectRows();
  rows.insert(rows.end(), connect.begin(), connect.end());
  return rows;
}

}  // namespace bondd::api::test
