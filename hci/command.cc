#include "hci/command.h"

#include <cassert>

namespace bondd::hci {

namespace {

// Scanning for the peer all the time; a link fast enough that pairing takes a
// second, and patient enough for a crowded band.
constexpr uint16_t kInitiatingScanInterval = 0x0060;  // 60 ms
constexpr uint16_t kInitiatingScanWindow = 0x0060;
// 15 to 30 ms: Passkey Entry is eighty packets that wait for each other.
constexpr ConnectionParameters kNewLink = {.interval_min = 12,
                                           .interval_max = 24,
                                           .latency = 0,
                                           .supervision_timeout = 200};

constexpr uint8_t kAllAdvertisingChannels = 0x07;

uint16_t BasebandSlots(Duration duration) {
  return static_cast<uint16_t>(duration / std::chrono::microseconds(625));
}

Bytes PacketOf(Opcode opcode, ByteView parameters, ByteView key) {
  const size_t length = parameters.size() + key.size();
  assert(length <= 0xFF);
  Bytes packet;
  // Once and for all, so that no copy of a key is left behind in the heap.
  packet.reserve(3 + length);
  packet.push_back(static_cast<uint8_t>(static_cast<uint16_t>(opcode)));
  packet.push_back(static_cast<uint8_t>(static_cast<uint16_t>(opcode) >> 8));
  packet.push_back(static_cast<uint8_t>(length));
  packet.insert(packet.end(), parameters.begin(), parameters.end());
  packet.insert(packet.end(), key.begin(), key.end());
  return packet;
}

void AppendParameters(Writer& writer, const ConnectionParameters& parameters) {
  constexpr uint16_t kAnyEventLength = 0;
  writer.U16(parameters.interval_min)
      .U16(parameters.interval_max)
      .U16(parameters.latency)
      .U16(parameters.supervision_timeout)
      .U16(kAnyEventLength)
      .U16(kAnyEventLength);
}

uint8_t PeerAddressType(const DeviceAddress& peer) {
  return peer.type == AddressType::kRandom ? kAddressTypeRandom
                                           : kAddressTypePublic;
}

}  // namespace

Command::Command(Opcode opcode, ByteView parameters, ByteView key)
    : opcode_(opcode), packet_(PacketOf(opcode, parameters, key)) {}

Command PlainCommand(Opcode opcode) { return Command(opcode, {}); }

Command DisconnectCommand(uint16_t handle, uint8_t reason) {
  return Command(Opcode::kDisconnect, Writer().U16(handle).U8(reason).bytes());
}

Command SetEventMaskCommand(uint64_t mask) {
  return Command(Opcode::kSetEventMask, Writer().U64(mask).bytes());
}

Command LeSetEventMaskCommand(uint64_t mask) {
  return Command(Opcode::kLeSetEventMask, Writer().U64(mask).bytes());
}

Command WriteLeHostSupportCommand() {
  constexpr uint8_t kLeSupported = 0x01;
  constexpr uint8_t kUnused = 0x00;
  return Command(Opcode::kWriteLeHostSupport,
                 Writer().U8(kLeSupported).U8(kUnused).bytes());
}

Command LeSetRandomAddressCommand(const DeviceAddress& address) {
  return Command(Opcode::kLeSetRandomAddress, address.octets);
}

Command LeSetAdvertisingParametersCommand(uint8_t type, Duration interval,
                                          uint8_t own_address_type) {
  constexpr uint8_t kNoFilterPolicy = 0;
  return Command(Opcode::kLeSetAdvertisingParameters,
                 Writer()
                     .U16(BasebandSlots(interval))
                     .U16(BasebandSlots(interval))
                     .U8(type)
                     .U8(own_address_type)
                     .U8(0)  // peer address: only for directed advertising
                     .Append(DeviceAddress().octets)
                     .U8(kAllAdvertisingChannels)
                     .U8(kNoFilterPolicy)
                     .bytes());
}

Command LeSetDataCommand(Opcode opcode, ByteView data) {
  assert(data.size() <= kMaxAdvertisingDataLength);
  Bytes parameters = {static_cast<uint8_t>(data.size())};
  parameters.insert(parameters.end(), data.begin(), data.end());
  parameters.resize(1 + kMaxAdvertisingDataLength);
  return Command(opcode, parameters);
}

Command LeSetAdvertisingEnableCommand(bool enable) {
  return Command(Opcode::kLeSetAdvertisingEnable, Writer().U8(enable).bytes());
}

Command LeSetScanParametersCommand(bool active, Duration interval,
                                   Duration window, uint8_t own_address_type) {
  constexpr uint8_t kNoFilterPolicy = 0;
  return Command(Opcode::kLeSetScanParameters, Writer()
                                                   .U8(active)
                                                   .U16(BasebandSlots(interval))
                                                   .U16(BasebandSlots(window))
                                                   .U8(own_address_type)
                                                   .U8(kNoFilterPolicy)
                                                   .bytes());
}

Command LeSetScanEnableCommand(bool enable) {
  constexpr uint8_t kFilterDuplicates = 1;
  return Command(Opcode::kLeSetScanEnable,
                 Writer().U8(enable).U8(kFilterDuplicates).bytes());
}

Command LeCreateConnectionCommand(const DeviceAddress& peer,
                                  uint8_t own_address_type) {
  constexpr uint8_t kNoFilterPolicy = 0;
  Writer writer;
  writer.U16(kInitiatingScanInterval)
      .U16(kInitiatingScanWindow)
      .U8(kNoFilterPolicy)
      .U8(PeerAddressType(peer))
      .Append(peer.octets)
      .U8(own_address_type);
  AppendParameters(writer, kNewLink);
  return Command(Opcode::kLeCreateConnection, writer.bytes());
}

Command LeConnectionUpdateCommand(uint16_t handle,
                                  const ConnectionParameters& parameters) {
  Writer writer;
  writer.U16(handle);
  AppendParameters(writer, parameters);
  return Command(Opcode::kLeConnectionUpdate, writer.bytes());
}

Command LeEnableEncryptionCommand(uint16_t handle, uint64_t rand, uint16_t ediv,
                                  const LinkKey128& key) {
  return Command(Opcode::kLeEnableEncryption,
                 Writer().U16(handle).U64(rand).U16(ediv).bytes(),
                 key.Reveal());
}

Command LeLongTermKeyRequestReplyCommand(uint16_t handle,
                                         const LinkKey128& key) {
  return Command(Opcode::kLeLongTermKeyRequestReply,
                 Writer().U16(handle).bytes(), key.Reveal());
}

Command LeLongTermKeyRequestNegativeReplyCommand(uint16_t handle) {
  return Command(Opcode::kLeLongTermKeyRequestNegativeReply,
                 Writer().U16(handle).bytes());
}

Command LeRemoteConnectionParameterReplyCommand(
    uint16_t handle, const ConnectionParameters& parameters) {
  Writer writer;
  writer.U16(handle);
  AppendParameters(writer, parameters);
  return Command(Opcode::kLeRemoteConnectionParameterReply, writer.bytes());
}

Command LeRemoteConnectionParameterNegativeReplyCommand(uint16_t handle,
                                                        HciError reason) {
  return Command(Opcode::kLeRemoteConnectionParameterNegativeReply,
                 Writer().U16(handle).U8(static_cast<uint8_t>(reason)).bytes());
}

}  // namespace bondd::hci
