#include <algorithm>

#include "sim/command.h"
#include "sim/controller.h"

namespace bondd::sim {

using hci::EventCode;
using hci::HciError;
using hci::LinkKey128;
using hci::Opcode;

namespace {

constexpr uint16_t kHandleMask = 0x0FFF;

// All of these begin with the connection handle, and those that are answered by
// Command Complete return it.
using LinkAction = Answer (*)(Link& link, Reader& parameters);

template <LinkAction kAction>
Answer OnLink(Controller& controller, Reader& parameters) {
  const uint16_t handle = parameters.U16() & kHandleMask;
  if (!parameters.ok()) return {HciError::kInvalidParameters, {}};
  Link* link = controller.FindLink(handle);
  Answer answer = link ? kAction(*link, parameters)
                       : Answer{HciError::kUnknownConnectionIdentifier, {}};
  Writer rest;
  rest.U16(handle).Append(answer.rest);
  answer.rest = rest.Finish();
  return answer;
}

Answer Invalid() { return {HciError::kInvalidParameters, {}}; }

// [Vol 4, Part E] 7.1.6
Answer Disconnect(Link& link, Reader& parameters) {
  constexpr std::array<uint8_t, 7> kReasons = {0x05, 0x13, 0x14, 0x15,
                                               0x1A, 0x29, 0x3B};
  const uint8_t reason = parameters.U8();
  if (!parameters.complete() ||
      std::find(kReasons.begin(), kReasons.end(), reason) == kReasons.end()) {
    return Invalid();
  }
  return {link.Disconnect(static_cast<HciError>(reason)), {}};
}

Answer ReadRemoteVersion(Link& link, Reader&) {
  return {link.control().ReadRemoteVersion(), {}};
}

Answer ReadTransmitPowerLevel(Link&, Reader&) {
  return {HciError::kSuccess, {0}};  // dBm
}

Answer ReadRssi(Link&, Reader&) {
  return {HciError::kSuccess, {static_cast<uint8_t>(kRssi)}};
}

WantedParameters ReadWanted(Reader& parameters) {
  WantedParameters wanted;
  wanted.interval_min = parameters.U16();
  wanted.interval_max = parameters.U16();
  wanted.latency = parameters.U16();
  wanted.timeout = parameters.U16();
  parameters.U32();  // the lengths of connection events
  return wanted;
}

Answer ConnectionUpdate(Link& link, Reader& parameters) {
  const WantedParameters wanted = ReadWanted(parameters);
  if (!parameters.complete()) return Invalid();
  return {link.control().Update(wanted), {}};
}

Answer ConnectionParameterReply(Link& link, Reader& parameters) {
  const WantedParameters wanted = ReadWanted(parameters);
  if (!parameters.complete()) return Invalid();
  return {link.control().AcceptParameters(wanted), {}};
}

Answer ConnectionParameterNegativeReply(Link& link, Reader& parameters) {
  const uint8_t reason = parameters.U8();
  if (!parameters.complete()) return Invalid();
  return {link.control().RejectParameters(static_cast<HciError>(reason)), {}};
}

Answer ReadChannelMap(Link&, Reader&) {
  return {HciError::kSuccess, {0xFF, 0xFF, 0xFF, 0xFF, 0x1F}};
}

Answer ReadRemoteFeatures(Link& link, Reader&) {
  return {link.control().ReadRemoteFeatures(), {}};
}

Answer EnableEncryption(Link& link, Reader& parameters) {
  const uint64_t rand = parameters.U64();
  const uint16_t ediv = parameters.U16();
  const ByteView key = parameters.Take(LinkKey128::kSize);
  if (!parameters.complete()) return Invalid();
  return {link.encryption().Start(rand, ediv,
                                  LinkKey128(key.first<LinkKey128::kSize>())),
          {}};
}

Answer LongTermKeyRequestReply(Link& link, Reader& parameters) {
  const ByteView key = parameters.Take(LinkKey128::kSize);
  if (!parameters.complete()) return Invalid();
  return {link.encryption().Answer(LinkKey128(key.first<LinkKey128::kSize>())),
          {}};
}

Answer LongTermKeyRequestNegativeReply(Link& link, Reader&) {
  return {link.encryption().Answer(std::nullopt), {}};
}

Answer SetDataLength(Link& link, Reader& parameters) {
  const uint16_t octets = parameters.U16();
  parameters.U16();  // the time: always what the octets take
  if (!parameters.complete() || octets < hci::kMinAclDataLength ||
      octets > kMaxDataLength) {
    return Invalid();
  }
  return {link.control().SetDataLength(octets), {}};
}

constexpr EventCode kComplete = EventCode::kCommandComplete;
constexpr EventCode kStatus = EventCode::kCommandStatus;

constexpr Command kCommands[] = {
    {Opcode::kDisconnect, 0, 5, kStatus, OnLink<Disconnect>},
    {Opcode::kReadRemoteVersion, 2, 7, kStatus, OnLink<ReadRemoteVersion>},
    {Opcode::kReadTransmitPowerLevel, 10, 2, kComplete,
     OnLink<ReadTransmitPowerLevel>},
    {Opcode::kReadRssi, 15, 5, kComplete, OnLink<ReadRssi>},
    {Opcode::kLeConnectionUpdate, 27, 2, kStatus, OnLink<ConnectionUpdate>},
    {Opcode::kLeReadChannelMap, 27, 4, kComplete, OnLink<ReadChannelMap>},
    {Opcode::kLeReadRemoteFeatures, 27, 5, kStatus, OnLink<ReadRemoteFeatures>},
    {Opcode::kLeEnableEncryption, 28, 0, kStatus, OnLink<EnableEncryption>},
    {Opcode::kLeLongTermKeyRequestReply, 28, 1, kComplete,
     OnLink<LongTermKeyRequestReply>},
    {Opcode::kLeLongTermKeyRequestNegativeReply, 28, 2, kComplete,
     OnLink<LongTermKeyRequestNegativeReply>},
    {Opcode::kLeRemoteConnectionParameterReply, 33, 4, kComplete,
     OnLink<ConnectionParameterReply>},
    {Opcode::kLeRemoteConnectionParameterNegativeReply, 33, 5, kComplete,
     OnLink<ConnectionParameterNegativeReply>},
    {Opcode::kLeSetDataLength, 33, 6, kComplete, OnLink<SetDataLength>},
};

}  // namespace

std::span<const Command> LinkCommands() { return kCommands; }

}  // namespace bondd::sim
