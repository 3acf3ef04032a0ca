// What a peer may ask a link to be like.

#ifndef BONDD_HCI_CONNECTION_PARAMETERS_H_
#define BONDD_HCI_CONNECTION_PARAMETERS_H_

#include <cstdint>

namespace bondd::hci {

struct ConnectionParameters {
  uint16_t interval_min = 0;         // units of 1.25 ms
  uint16_t interval_max = 0;         // units of 1.25 ms
  uint16_t latency = 0;              // connection events
  uint16_t supervision_timeout = 0;  // units of 10 ms

  // [Vol 4, Part E] 7.8.18, [Vol 3, Part A] 4.20: in range, and the link may
  // miss every event that latency allows twice before it counts as lost.
  bool IsValid() const {
    return interval_min >= 6 && interval_max <= 3200 &&
           interval_min <= interval_max && latency <= 499 &&
           supervision_timeout >= 10 && supervision_timeout <= 3200 &&
           uint32_t{supervision_timeout} * 4 >
               (uint32_t{latency} + 1) * interval_max;
  }

  friend bool operator==(const ConnectionParameters&,
                         const ConnectionParameters&) = default;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_CONNECTION_PARAMETERS_H_
