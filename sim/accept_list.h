// The filter accept list of a controller.

#ifndef BONDD_SIM_ACCEPT_LIST_H_
#define BONDD_SIM_ACCEPT_LIST_H_

#include <set>

#include "common/device_address.h"
#include "hci/spec.h"

namespace bondd::sim {

// The devices that advertising, scanning and initiating may be restricted to.
// The controller's commands fill it.
class AcceptList {
 public:
  explicit AcceptList(uint8_t size) : size_(size) {}

  uint8_t size() const { return size_; }
  bool Contains(const DeviceAddress& address) const {
    return devices_.contains(address);
  }
  void Clear() { devices_.clear(); }
  hci::HciError Add(const DeviceAddress& address) {
    if (devices_.size() >= size_ && !Contains(address)) {
      return hci::HciError::kMemoryCapacityExceeded;
    }
    devices_.insert(address);
    return hci::HciError::kSuccess;
  }
  void Remove(const DeviceAddress& address) { devices_.erase(address); }

 private:
  uint8_t size_;
  std::set<DeviceAddress> devices_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_ACCEPT_LIST_H_
