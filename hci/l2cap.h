// Basic L2CAP frames on the fixed channels of an LE link.

#ifndef BONDD_HCI_L2CAP_H_
#define BONDD_HCI_L2CAP_H_

#include <cstdint>

#include "common/bytes.h"

namespace bondd::hci {

// [Vol 3, Part A] 2.1
inline constexpr uint16_t kCidAtt = 0x0004;
inline constexpr uint16_t kCidLeSignalling = 0x0005;
inline constexpr uint16_t kCidSmp = 0x0006;

// [Vol 3, Part A] 3.1: length and channel identifier.
inline constexpr size_t kL2capHeaderLength = 4;

// What one channel carries in one frame.
struct L2capFrame {
  uint16_t cid = 0;
  Bytes payload;
};

inline Bytes EncodeL2cap(uint16_t cid, ByteView payload) {
  const size_t length = kL2capHeaderLength + payload.size();
  Bytes frame;
  // At once: the payload may hold a key, of which no copy is to stay behind.
  frame.reserve(length);
  for (const size_t field : {payload.size(), size_t{cid}}) {
    frame.push_back(static_cast<uint8_t>(field));
    frame.push_back(static_cast<uint8_t>(field >> 8));
  }
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

}  // namespace bondd::hci

#endif  // BONDD_HCI_L2CAP_H_
