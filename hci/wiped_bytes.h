// Octets that may hold a key on their way to the controller.

#ifndef BONDD_HCI_WIPED_BYTES_H_
#define BONDD_HCI_WIPED_BYTES_H_

#include <utility>

#include "common/bytes.h"
#include "common/wipe.h"

namespace bondd::hci {

// An octet string that overwrites itself when its owner is done with it.
// Commands and ACL frames wait in it for their credits: Long Term Key Request
// Reply and the SMP key distribution carry keys in the clear.
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

  ByteView view() const { return octets_; }
  size_t size() const { return octets_.size(); }

 private:
  Bytes octets_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_WIPED_BYTES_H_
