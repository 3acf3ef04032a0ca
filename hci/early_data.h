// ACL data that overtook the event which tells of its link.

#ifndef BONDD_HCI_EARLY_DATA_H_
#define BONDD_HCI_EARLY_DATA_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/time_types.h"
#include "hci/wiped_bytes.h"

namespace bondd::hci {

// Holds ACL packets of one handle that is not known yet until its link is
// there. On USB, events and ACL data come by different endpoints, and a
// central's first Pairing Request may be read before LE Connection Complete;
// Controller gives it out to the link when that is told. What is dropped is
// wiped.
class EarlyData {
 public:
  static constexpr size_t kMaxPackets = 4;
  // All packets together, with their headers.
  static constexpr size_t kMaxOctets = 1024;
  // From the first packet on.
  static constexpr Duration kPatience = std::chrono::seconds(1);
  // For so long, data of a handle that has ended is taken for the late data of
  // the old link, which must not reach a new one.
  static constexpr Duration kStragglers = std::chrono::milliseconds(100);

  // A whole ACL packet. That of another handle than before takes its place;
  // what is above the limits is dropped.
  void Add(uint16_t handle, ByteView packet, Time now);

  // The packets of the link that has come up, in order.
  std::vector<WipedBytes> Take(uint16_t handle);

  // The handle's link has ended.
  void OnLinkEnd(uint16_t handle, Time now);

  std::optional<Time> Deadline() const { return deadline_; }
  void OnDeadline(Time now);

  void Clear();

 private:
  struct Ended {
    uint16_t handle;
    Time until;
  };

  uint16_t handle_ = 0;
  std::vector<WipedBytes> packets_;
  size_t octets_ = 0;
  std::optional<Time> deadline_;
  std::optional<Ended> ended_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_EARLY_DATA_H_
