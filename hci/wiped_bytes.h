// Octets that may hold a key on their way to or from the controller.

#ifndef BONDD_HCI_WIPED_BYTES_H_
#define BONDD_HCI_WIPED_BYTES_H_

#include <algorithm>
#include <utility>

#include "common/bytes.h"
#include "common/wipe.h"

namespace bondd::hci {

// An octet string that overwrites itself when its owner is done with it.
// Commands and ACL frames wait in it for their credits, and what a stream has
// brought waits for the rest of its packet: Long Term Key Request Reply and the
// SMP key distribution carry keys in the clear.
class WipedBytes {
 public:
  WipedBytes() = default;
  explicit WipedBytes(Bytes octets) : octets_(std::move(octets)) {}
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  WipedBytes(WipedBytes&& other) noexcept
      : octets_(std::exchange(other.octets_, {})) {}
  WipedBytes& operator=(WipedBytes&& other) noexcept {
    if (this != &other) {
      Wipe(octets_);
      octets_ = std::exchange(other.octets_, {});
    }
    return *this;
  }
  ~WipedBytes() { Wipe(octets_); }

  // Leaves no copy behind when the string outgrows its memory.
  void Append(ByteView octets) {
    const size_t size = octets_.size() + octets.size();
    if (size > octets_.capacity()) {
      Bytes grown;
      grown.reserve(std::max(size, 2 * octets_.capacity()));
      grown.insert(grown.end(), octets_.begin(), octets_.end());
      Wipe(octets_);
      octets_ = std::move(grown);
    }
    octets_.insert(octets_.end(), octets.begin(), octets.end());
  }

  ByteView view() const { return octets_; }
  size_t size() const { return octets_.size(); }

 private:
  Bytes octets_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_WIPED_BYTES_H_
