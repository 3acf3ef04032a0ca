// Octet strings and the two helpers that every codec in bondd is built on.
//
// Multi-octet integers are little-endian, as everywhere in HCI, L2CAP and SMP.

#ifndef BONDD_COMMON_BYTES_H_
#define BONDD_COMMON_BYTES_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bondd {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

// Reads fields off the front of a borrowed octet string. A read past the end
// returns zeros and makes ok() false for good, so that a parser reads all its
// fields first and checks once.
class Reader {
 public:
  explicit Reader(ByteView data) : data_(data) {}

  uint8_t U8() { return Integer<uint8_t>(); }
  uint16_t U16() { return Integer<uint16_t>(); }
  uint32_t U24() { return Integer<uint32_t, 3>(); }
  uint32_t U32() { return Integer<uint32_t>(); }
  uint64_t U64() { return Integer<uint64_t>(); }

  template <size_t N>
  std::array<uint8_t, N> Array() {
    std::array<uint8_t, N> out{};
    const ByteView taken = Take(N);
    std::copy(taken.begin(), taken.end(), out.begin());
    return out;
  }

  // The next `count` octets, borrowed; empty when there are fewer.
  ByteView Take(size_t count) {
    if (count > data_.size()) {
      ok_ = false;
      data_ = {};
      return {};
    }
    const ByteView taken = data_.first(count);
    data_ = data_.subspan(count);
    return taken;
  }

  // All that is left.
  ByteView Rest() { return Take(data_.size()); }

  size_t remaining() const { return data_.size(); }
  bool ok() const { return ok_; }
  // True when every field was there and nothing is left over.
  bool complete() const { return ok_ && data_.empty(); }

 private:
  // Unsigned, of so many octets.
  template <typename T, size_t kWidth = sizeof(T)>
  T Integer() {
    T value = 0;
    const ByteView taken = Take(kWidth);
    if (taken.empty()) return value;
    std::memcpy(&value, taken.data(), kWidth);
    if constexpr (std::endian::native == std::endian::big) {
      value = std::byteswap(value);
    }
    return value;
  }

  ByteView data_;
  bool ok_ = true;
};

// Appends fields to an octet string that it owns.
class Writer {
 public:
  Writer() = default;
  // With room for `capacity` octets: none is moved before there are more.
  explicit Writer(size_t capacity) { out_.reserve(capacity); }

  Writer& U8(uint8_t value) { return Integer(value, 1); }
  Writer& U16(uint16_t value) { return Integer(value, 2); }
  Writer& U24(uint32_t value) { return Integer(value, 3); }
  Writer& U32(uint32_t value) { return Integer(value, 4); }
  Writer& U64(uint64_t value) { return Integer(value, 8); }
  Writer& Append(ByteView octets) {
    out_.insert(out_.end(), octets.begin(), octets.end());
    return *this;
  }

  const Bytes& bytes() const { return out_; }
  Bytes Finish() { return std::move(out_); }

 private:
  Writer& Integer(uint64_t value, size_t width) {
    for (size_t i = 0; i < width; ++i) {
      out_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
    return *this;
  }

  Bytes out_;
};

// A copy of what somebody else holds.
inline Bytes Owned(ByteView octets) { return {octets.begin(), octets.end()}; }

// Lower-case hexadecimal, in the order of the octets.
std::string ToHex(ByteView octets);

}  // namespace bondd

#endif  // BONDD_COMMON_BYTES_H_
