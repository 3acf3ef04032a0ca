#include "hci/h4.h"

#include <fmt/format.h>

namespace bondd::hci {

namespace {

// Where a packet's length field lies, counted from the indicator.
struct HeaderLayout {
  size_t length_offset;
  size_t length_width;
  uint16_t length_mask;
};

// [Vol 4, Part E] 5.4
std::optional<HeaderLayout> LayoutOf(uint8_t indicator, H4Direction direction) {
  const bool to_controller = direction == H4Direction::kHostToController;
  switch (static_cast<PacketType>(indicator)) {
    case PacketType::kCommand:
      if (!to_controller) return std::nullopt;
      return HeaderLayout{3, 1, 0xFF};
    case PacketType::kEvent:
      if (to_controller) return std::nullopt;
      return HeaderLayout{2, 1, 0xFF};
    case PacketType::kAclData:
      return HeaderLayout{3, 2, 0xFFFF};
    case PacketType::kSynchronousData:
      return HeaderLayout{3, 1, 0xFF};
    case PacketType::kIsoData:
      return HeaderLayout{3, 2, 0x3FFF};
  }
  return std::nullopt;
}

}  // namespace

void H4Framer::Feed(ByteView octets) {
  if (consumed_ > 0) {
    WipedBytes rest;
    rest.Append(buffer_.view().subspan(consumed_));
    buffer_ = std::move(rest);
    consumed_ = 0;
  }
  buffer_.Append(octets);
}

Result<std::optional<Packet>> H4Framer::Next() {
  const ByteView rest = buffer_.view().subspan(consumed_);
  if (rest.empty()) return std::nullopt;
  const std::optional<HeaderLayout> layout = LayoutOf(rest[0], direction_);
  if (!layout) {
    return Fail(
        ErrorCode::kCorrupt,
        fmt::format("the stream is no H4: packet indicator 0x{:02X} where a "
                    "packet should begin",
                    rest[0]));
  }
  const size_t header = layout->length_offset + layout->length_width;
  if (rest.size() < header) return std::nullopt;
  size_t length = rest[layout->length_offset];
  if (layout->length_width == 2) {
    length |= static_cast<size_t>(rest[layout->length_offset + 1]) << 8;
  }
  const size_t end = header + (length & layout->length_mask);
  if (end - 1 > kMaxH4Payload) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("the stream is no H4: a packet of {} octets where "
                            "{} are the most",
                            end - 1, kMaxH4Payload));
  }
  if (rest.size() < end) return std::nullopt;
  Packet packet{
      static_cast<PacketType>(rest[0]),
      Bytes(rest.begin() + 1, rest.begin() + static_cast<ptrdiff_t>(end))};
  consumed_ += end;
  if (consumed_ == buffer_.size()) {
    buffer_ = WipedBytes();
    consumed_ = 0;
  }
  return packet;
}

Bytes EncodeH4(PacketType type, ByteView payload) {
  Bytes out;
  out.reserve(1 + payload.size());
  out.push_back(static_cast<uint8_t>(type));
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

}  // namespace bondd::hci
