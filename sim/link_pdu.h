// The PDUs of a data physical channel, as both ends of a link exchange them.

#ifndef BONDD_SIM_LINK_PDU_H_
#define BONDD_SIM_LINK_PDU_H_

#include <cstdint>

#include "common/bytes.h"

namespace bondd::sim {

// [Vol 6, Part B] 2.4
enum class Llid : uint8_t {
  kContinuation = 0b01,
  kStart = 0b10,
  kControl = 0b11,
};

// What is on the air: when the link is encrypted, `payload` is ciphertext with
// the MIC after it.
struct LinkPdu {
  Llid llid;
  Bytes payload;
};

// [Vol 6, Part B] 2.4.2: the first octet of an LL Control PDU.
enum class ControlOpcode : uint8_t {
  kConnectionUpdateInd = 0x00,
  kTerminateInd = 0x02,
  kEncReq = 0x03,
  kEncRsp = 0x04,
  kStartEncReq = 0x05,
  kStartEncRsp = 0x06,
  kUnknownRsp = 0x07,
  kFeatureReq = 0x08,
  kFeatureRsp = 0x09,
  kPauseEncReq = 0x0A,
  kPauseEncRsp = 0x0B,
  kVersionInd = 0x0C,
  kRejectInd = 0x0D,
  kPeripheralFeatureReq = 0x0E,
  kConnectionParamReq = 0x0F,
  kRejectExtInd = 0x11,
  kLengthReq = 0x14,
  kLengthRsp = 0x15,
};

inline Writer ControlPdu(ControlOpcode opcode) {
  Writer writer;
  writer.U8(static_cast<uint8_t>(opcode));
  return writer;
}

// What both ends of a link agree on.
struct LinkParameters {
  uint16_t interval = 24;  // in 1.25 ms
  uint16_t latency = 0;    // in connection events
  uint16_t timeout = 42;   // in 10 ms
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_LINK_PDU_H_
