// What goes from bondd to a controller, seen by a relay.

#ifndef BONDD_TESTS_DAEMON_WRITTEN_H_
#define BONDD_TESTS_DAEMON_WRITTEN_H_

#include <algorithm>
#include <vector>

#include "common/bytes.h"
#include "hci/spec.h"
#include "tests/api/relay.h"

namespace bondd::daemon::test {

// What bondd has written to its controller.
class Written {
 public:
  // Hands everything on.
  api::test::Relay::Hook hook() {
    return [this](hci::H4Direction direction, hci::Packet& packet) {
      if (direction == hci::H4Direction::kHostToController) {
        packets_.push_back(packet);
      }
      return true;
    };
  }

  // How many packets.
  size_t count() const { return packets_.size(); }
  // How many commands of this kind.
  size_t Commands(hci::Opcode opcode) const {
    return static_cast<size_t>(
        std::ranges::count_if(packets_, [&](const hci::Packet& packet) {
          // [Vol 4, Part E] 5.4.1
          return packet.type == hci::PacketType::kCommand &&
                 Reader(packet.payload).U16() == static_cast<uint16_t>(opcode);
        }));
  }
  // In either order.
  bool Has(ByteView key) const {
    const Bytes reversed(key.rbegin(), key.rend());
    return std::ranges::any_of(packets_, [&](const hci::Packet& packet) {
      return !std::ranges::search(packet.payload, key).empty() ||
             !std::ranges::search(packet.payload, reversed).empty();
    });
  }

 private:
  std::vector<hci::Packet> packets_;
};

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_WRITTEN_H_
