#include "hci/early_data.h"

#include <utility>

namespace bondd::hci {

void EarlyData::Add(uint16_t handle, ByteView packet, Time now) {
  if (ended_ && ended_->handle == handle && now < ended_->until) return;
  if (handle != handle_) Clear();
  if (packets_.size() == kMaxPackets || packet.size() > kMaxOctets - octets_) {
    return;
  }
  handle_ = handle;
  packets_.emplace_back(Bytes(packet.begin(), packet.end()));
  octets_ += packet.size();
  if (!deadline_) deadline_ = now + kPatience;
}

std::vector<WipedBytes> EarlyData::Take(uint16_t handle) {
  if (handle != handle_) return {};
  std::vector<WipedBytes> packets = std::move(packets_);
  Clear();
  return packets;
}

void EarlyData::OnLinkEnd(uint16_t handle, Time now) {
  if (handle == handle_) Clear();
  ended_ = Ended{handle, now + kStragglers};
}

void EarlyData::OnDeadline(Time now) {
  if (deadline_ && now >= *deadline_) Clear();
}

void EarlyData::Clear() {
  packets_.clear();
  octets_ = 0;
  deadline_.reset();
}

}  // namespace bondd::hci
