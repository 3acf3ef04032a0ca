// Text and octets that may hold keys: the memory it lies in is wiped before it
// is given back.

#ifndef BONDD_BONDS_WIPED_TEXT_H_
#define BONDD_BONDS_WIPED_TEXT_H_

#include <string.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bondd::bonds {

template <typename T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <typename U>
  explicit WipingAllocator(const WipingAllocator<U>&) {}

  T* allocate(size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, size_t count) {
    explicit_bzero(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) {
    return true;
  }
};

using WipedText =
    std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

using WipedOctets = std::vector<uint8_t, WipingAllocator<uint8_t>>;

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_WIPED_TEXT_H_
