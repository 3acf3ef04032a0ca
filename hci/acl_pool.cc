#include "hci/acl_pool.h"

#include <algorithm>

#include "hci/reassembler.h"

namespace bondd::hci {

void AclPool::SetBuffers(uint16_t length, uint16_t count) {
  length_ = length;
  credits_ = count;
}

void AclPool::AddLink(uint16_t handle) {
  links_.push_back(Link{.handle = handle, .waiting = {}, .under_way = {}});
}

void AclPool::RemoveLink(uint16_t handle) {
  const auto link = Find(handle);
  if (link == links_.end()) return;
  credits_ += link->under_way.size();
  const auto index = static_cast<size_t>(link - links_.begin());
  links_.erase(link);
  if (turn_ > index) --turn_;
}

bool AclPool::Enqueue(uint16_t handle, Bytes frame, bool counted) {
  const auto link = Find(handle);
  if (link == links_.end() || link->waiting.size() >= kMaxWaitingFrames) {
    Wipe(frame);
    return false;
  }
  link->waiting.push_back(Frame{WipedBytes(std::move(frame)), counted});
  return true;
}

std::optional<WipedBytes> AclPool::Next() {
  if (credits_ == 0) return std::nullopt;
  for (size_t tried = 0; tried < links_.size(); ++tried) {
    const size_t index = (turn_ + tried) % links_.size();
    Link& link = links_[index];
    if (link.waiting.empty()) continue;
    turn_ = (index + 1) % links_.size();
    --credits_;
    return Cut(link);
  }
  return std::nullopt;
}

WipedBytes AclPool::Cut(Link& link) {
  const Frame& frame = link.waiting.front();
  const size_t take = std::min(length_, frame.octets.size() - link.offset);
  const PacketBoundary boundary = link.offset == 0
                                      ? PacketBoundary::kFirstFromHost
                                      : PacketBoundary::kContinuing;
  // [Vol 4, Part E] 5.4.2
  const auto head = static_cast<uint16_t>(
      link.handle | static_cast<unsigned>(boundary) << 12);
  Bytes packet;
  packet.reserve(4 + take);
  for (const size_t field : {size_t{head}, take}) {
    packet.push_back(static_cast<uint8_t>(field));
    packet.push_back(static_cast<uint8_t>(field >> 8));
  }
  const ByteView data = frame.octets.view().subspan(link.offset, take);
  packet.insert(packet.end(), data.begin(), data.end());
  link.offset += take;
  const bool last = link.offset == frame.octets.size();
  link.under_way.push_back(last && frame.counted);
  if (last) {
    link.waiting.pop_front();
    link.offset = 0;
  }
  return WipedBytes(std::move(packet));
}

size_t AclPool::OnCompleted(uint16_t handle, uint16_t count) {
  const auto link = Find(handle);
  if (link == links_.end()) return 0;
  size_t counted = 0;
  for (size_t i = 0; i < count && !link->under_way.empty(); ++i) {
    counted += link->under_way.front() ? 1 : 0;
    link->under_way.pop_front();
    ++credits_;
  }
  return counted;
}

std::deque<AclPool::Link>::iterator AclPool::Find(uint16_t handle) {
  return std::ranges::find(links_, handle, &Link::handle);
}

}  // namespace bondd::hci
