// Key material that cleans up after itself.
//
// A Secret wipes its octets on destruction and on being moved from, compares
// in constant time, has to be cloned by name and cannot be formatted: a line
// that would print one does not compile.

#ifndef BONDD_COMMON_SECRET_H_
#define BONDD_COMMON_SECRET_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/wipe.h"

namespace bondd {

// `Tag` makes secrets of equal size different types. Keys of SMP are held in
// the order of transmission, least significant octet first.
template <typename Tag, size_t N>
class Secret {
 public:
  static constexpr size_t kSize = N;
  using Octets = std::array<uint8_t, N>;

  Secret() = default;
  explicit Secret(std::span<const uint8_t, N> octets) {
    std::copy(octets.begin(), octets.end(), octets_.begin());
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : octets_(other.octets_) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      octets_ = other.octets_;
      other.Wipe();
    }
    return *this;
  }
  ~Secret() { Wipe(); }

  Secret Clone() const { return Secret(std::span<const uint8_t, N>(octets_)); }

  // The octets themselves, borrowed. Every place that takes a secret out of
  // its wrapper calls one of these two, so that they are easy to find.
  std::span<const uint8_t, N> Reveal() const { return octets_; }
  std::span<uint8_t, N> Fill() { return octets_; }

  bool IsZero() const {
    uint8_t all = 0;
    for (const uint8_t octet : octets_) all |= octet;
    return all == 0;
  }

  // Takes the same time wherever the first difference is.
  friend bool operator==(const Secret& a, const Secret& b) {
    uint8_t difference = 0;
    for (size_t i = 0; i < N; ++i) {
      difference =
          static_cast<uint8_t>(difference | (a.octets_[i] ^ b.octets_[i]));
    }
    // Whether it is 0 is not to be known before all are compared.
    asm volatile("" : "+r"(difference));
    return difference == 0;
  }

 private:
  void Wipe() { bondd::Wipe(octets_); }

  Octets octets_{};
};

}  // namespace bondd

#endif  // BONDD_COMMON_SECRET_H_
