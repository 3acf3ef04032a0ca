// What Connection1 does besides pairing.

#include "hci/spec.h"
#include "tests/api/row.h"

namespace bondd::api::test {

namespace {

// By the bond, on a link that is not encrypted.
Provoke EncryptByTheBond(const Json& options) {
  return [=](Bed& bed, const Row& row) {
    bed.PairWell();
    bed.Note();
    bed.Unlink();
    bed.Link();
    auto call =
        bed.Finish(bed.central_, row.method, "a{sv}", Json::array({options}));
    EXPECT_EQ(bed.central_.Property(bed.LinkOf(kCentralPath), kConnection,
                                    "Encrypted"),
              true);
    return call;
  };
}

void LinkRelayed(Bed& bed) {
  bed.LinkFrom(kRelayedPath, kPeripheralPath, kPeripheralAddress);
}

// [Vol 4, Part E] 7.7.8: the controllers do not agree, after all.
std::unique_ptr<Call> EncryptInVain(Bed& bed, const Row& row) {
  LinkRelayed(bed);
  bed.relay().set_hook([](hci::H4Direction, hci::Packet& packet) {
    constexpr uint8_t kUnspecifiedError = 0x1F;
    if (packet.type == hci::PacketType::kEvent &&
        packet.payload[0] ==
            static_cast<uint8_t>(hci::EventCode::kEncryptionChange)) {
      packet.payload[2] = kUnspecifiedError;
    }
    return true;
  });
  return bed.Finish(bed.central_, row.method, "a{sv}",
                    Json::array({{{"Ltk", kOctets}, {"Ediv", 7}, {"Rand", 7}}}),
                    bed.LinkOf(kRelayedPath));
}

// The first one is not done, as the controller does not say so.
std::unique_ptr<Call> DisconnectTwice(Bed& bed, const Row& row) {
  LinkRelayed(bed);
  bed.relay().set_hook([](hci::H4Direction, hci::Packet& packet) {
    return packet.type != hci::PacketType::kEvent ||
           packet.payload[0] !=
               static_cast<uint8_t>(hci::EventCode::kDisconnectionComplete);
  });
  const std::string link = bed.LinkOf(kRelayedPath);
  bed.waiting.push_back(
      bed.Start(bed.central_, row.method, "", Json::array(), link));
  return bed.Finish(bed.central_, row.method, "", Json::array(), link);
}

}  // namespace

Rows ConnectionRows() {
  using enum Stage;
  const std::string accept = "Connection1.AcceptPairing";
  const std::string encrypt = "Connection1.InitiateEncryption";
  const std::string disconnect = "Connection1.Disconnect";
  return {
      {kFresh, accept, "", "",
       [](Bed& bed, const Row& row) {
         bed.Link();
         return bed.Finish(bed.central_, row.method, "a{sv}",
                           Json::array({{{"Mitm", "yes"}}}));
       }},
      {kLinked, accept, "InvalidArguments", "Count",
       Dictionary({{"Count", 1}})},
      {kLinked, accept, "InvalidArguments", "MaxKeySize",
       Dictionary({{"MaxKeySize", 17}})},
      {kLinked, accept, "NotAchievable", "",
       Dictionary({{"SecureConnections", "off"}, {"RequireLevel", 4}})},
      {kLinked, accept, "NotAuthorized", "AllowFixedPasskey",
       Dictionary({{"Passkey", 1}, {"IoCapability", "DisplayOnly"}})},
      {kLinked, accept, "DoesNotExist", "OobId", Dictionary({{"OobId", 99}})},

      {kFresh, encrypt, "", "", EncryptByTheBond({{"Level", 2}})},
      {kFresh, encrypt, "NotAchievable", "Level",
       EncryptByTheBond({{"Level", 3}})},
      {kLinked, encrypt, "InvalidArguments", "Level",
       Dictionary({{"Level", 5}})},
      {kLinked, encrypt, "InvalidArguments", "Ltk",
       Dictionary({{"Ediv", 7}, {"Rand", 7}})},
      {kLinked, encrypt, "WrongRole", "",
       OnLinkOf(kPeripheralPath, "a{sv}", Json::array({kNothing}))},
      {kLinked, encrypt, "DoesNotExist", "bond", Dictionary(kNothing)},
      {kLinked, encrypt, "KeyMissing", "",
       Dictionary({{"Ltk", kOctets}, {"Ediv", 7}, {"Rand", 7}})},
      {kFresh, encrypt, "InProgress", "",
       [](Bed& bed, const Row& row) {
         AskFor(bed, "number-comparison");
         return bed.Finish(bed.central_, row.method, "a{sv}",
                           Json::array({kNothing}));
       }},
      {kRelayed, encrypt, "LinkLost", "0x1F", EncryptInVain},
      {kCrowded, encrypt, "Busy", "too many calls", Dictionary(kNothing)},

      {kFresh, disconnect, "", "",
       [](Bed& bed, const Row& row) {
         bed.Link();
         return bed.Finish(bed.central_, row.method, "", Json::array());
       }},
      {kRelayed, disconnect, "InProgress", "", DisconnectTwice},
      {kCrowded, disconnect, "Busy", "too many calls", With()},
  };
}

}  // namespace bondd::api::test
