#include "common/bytes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bondd {

std::string ToHex(ByteView octets) {
  return fmt::format("{:02x}", fmt::join(octets, ""));
}

}  // namespace bondd
