#include "hci/reassembler.h"

namespace bondd::hci {

std::optional<L2capFrame> Reassembler::Add(PacketBoundary boundary,
                                           ByteView data) {
  if (boundary == PacketBoundary::kContinuing) {
    if (!collecting_) return std::nullopt;
  } else {
    // A first fragment while another frame is open: that one is lost.
    partial_ = WipedBytes();
    collecting_ = true;
  }
  partial_.Append(data);
  // [Vol 3, Part A] 7.2.1: even the header may be cut in two.
  if (partial_.size() < kL2capHeaderLength) return std::nullopt;

  Reader reader(partial_.view());
  const size_t length = reader.U16();
  L2capFrame frame{.cid = reader.U16(), .payload = {}};
  const bool whole = reader.remaining() == length;
  const bool lies = length > kMaxL2capPayload || reader.remaining() > length;
  if (!whole && !lies) return std::nullopt;
  collecting_ = false;
  if (!lies) {
    const ByteView payload = reader.Rest();
    frame.payload.assign(payload.begin(), payload.end());
  }
  partial_ = WipedBytes();
  if (lies) return std::nullopt;
  return frame;
}

}  // namespace bondd::hci
