// What a relay makes of a controller, so that bondd meets one that means harm.

#ifndef BONDD_TESTS_DAEMON_FAKE_CONTROLLER_H_
#define BONDD_TESTS_DAEMON_FAKE_CONTROLLER_H_

#include <algorithm>

#include "common/bytes.h"
#include "common/device_address.h"
#include "hci/h4.h"
#include "hci/spec.h"
#include "tests/daemon/pair.h"

namespace bondd::daemon::test {

// The controller has done this command.
inline bool Completes(hci::H4Direction direction, const hci::Packet& packet,
                      hci::Opcode opcode) {
  // [Vol 4, Part E] 7.7.14: behind the event's code and length and the number
  // of commands that may come.
  constexpr size_t kOpcode = 3;
  return direction == hci::H4Direction::kControllerToHost &&
         packet.type == hci::PacketType::kEvent &&
         packet.payload.size() >= kOpcode + 2 &&
         packet.payload[0] ==
             static_cast<uint8_t>(hci::EventCode::kCommandComplete) &&
         Reader(ByteView(packet.payload).subspan(kOpcode)).U16() ==
             static_cast<uint16_t>(opcode);
}

// It says that it has another maker.
inline void ChangeMaker(hci::H4Direction direction, hci::Packet& packet) {
  // [Vol 4, Part E] 7.4.1: behind event, opcode, status and versions.
  constexpr size_t kManufacturer = 10;
  if (Completes(direction, packet, hci::Opcode::kReadLocalVersion) &&
      packet.payload.size() > kManufacturer) {
    packet.payload[kManufacturer] ^= 0xFF;
  }
}

// With its answer to the last command of the start-up it tells, in the same
// write, of two links that nobody here wants: on both `peer` asks for a key; on
// the first it also pairs and writes, and the link is encrypted all at once;
// the second ends.
class EarlyLinks {
 public:
  explicit EarlyLinks(const DeviceAddress& peer) : peer_(peer) {}

  void AddTo(hci::H4Direction direction, hci::Packet& packet) const {
    if (Completes(direction, packet, hci::Opcode::kLeSetEventMask)) {
      AddLinks(packet.payload);
    }
    // [Vol 4, Part E] 7.7.15: there is no such link, but it says nothing.
    if (packet.type == hci::PacketType::kEvent && packet.payload.size() == 6 &&
        packet.payload[0] ==
            static_cast<uint8_t>(hci::EventCode::kCommandStatus)) {
      packet.payload[2] = 0;
    }
  }

 private:
  void AddLinks(Bytes& stream) const {
    constexpr uint16_t kFirst = 0x0777;
    constexpr uint16_t kSecond = 0x0778;
    constexpr uint16_t kAtt = 4;
    constexpr uint16_t kSmp = 6;
    AddLink(stream, kFirst);
    const Bytes pairing = {0x01, 0x03, 0x00, 0x01, 0x10, 0x03, 0x03};
    AddFrame(stream, kFirst, kSmp, pairing);
    Bytes signed_write = {0xD2, 0x01, 0x00};
    signed_write.resize(15);
    AddFrame(stream, kFirst, kAtt, signed_write);
    AddKeyRequest(stream, kFirst);
    // [Vol 4, Part E] 7.7.8
    AddEvent(stream, hci::EventCode::kEncryptionChange,
             Writer().U8(0).U16(kFirst).U8(1));
    AddLink(stream, kSecond);
    AddKeyRequest(stream, kSecond);
    // [Vol 4, Part E] 7.7.5
    AddEvent(stream, hci::EventCode::kDisconnectionComplete,
             Writer().U8(0).U16(kSecond).U8(0x13));
  }
  static void Add(Bytes& stream, hci::PacketType type, const Writer& packet) {
    const Bytes octets = hci::EncodeH4(type, packet.bytes());
    stream.insert(stream.end(), octets.begin(), octets.end());
  }
  static void AddEvent(Bytes& stream, hci::EventCode code,
                       const Writer& parameters) {
    const Bytes& octets = parameters.bytes();
    Add(stream, hci::PacketType::kEvent,
        Writer()
            .U8(static_cast<uint8_t>(code))
            .U8(static_cast<uint8_t>(octets.size()))
            .Append(octets));
  }
  // [Vol 4, Part E] 7.7.65.1: as peripheral.
  void AddLink(Bytes& stream, uint16_t handle) const {
    const auto type = static_cast<uint8_t>(peer_.type);
    AddEvent(stream, hci::EventCode::kLeMeta,
             Writer()
                 .U8(static_cast<uint8_t>(hci::LeSubevent::kConnectionComplete))
                 .U8(0)
                 .U16(handle)
                 .U8(1)
                 .U8(type)
                 .Append(peer_.octets)
                 .U16(24)
                 .U16(0)
                 .U16(200)
                 .U8(0));
  }
  // [Vol 4, Part E] 7.7.65.5: for the key of Secure Connections.
  static void AddKeyRequest(Bytes& stream, uint16_t handle) {
    AddEvent(stream, hci::EventCode::kLeMeta,
             Writer()
                 .U8(static_cast<uint8_t>(hci::LeSubevent::kLongTermKeyRequest))
                 .U16(handle)
                 .U64(0)
                 .U16(0));
  }
  // [Vol 4, Part E] 5.4.2, [Vol 3, Part A] 3.1
  static void AddFrame(Bytes& stream, uint16_t handle, uint16_t channel,
                       ByteView pdu) {
    constexpr uint16_t kFirstFragment = 0x2000;
    const auto size = static_cast<uint16_t>(pdu.size());
    const auto frame = static_cast<uint16_t>(size + 4);
    Add(stream, hci::PacketType::kAclData,
        Writer()
            .U16(static_cast<uint16_t>(handle | kFirstFragment))
            .U16(frame)
            .U16(size)
            .U16(channel)
            .Append(pdu));
  }

  DeviceAddress peer_;
};

// Since its signals were forgotten.
inline bool AnyLinkShown(const BusClient& user) {
  return std::ranges::any_of(user.signals(), [](const auto& signal) {
    return signal.member == "InterfacesAdded" &&
           signal.arguments.at(1).contains(kConnection);
  });
}

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_FAKE_CONTROLLER_H_
