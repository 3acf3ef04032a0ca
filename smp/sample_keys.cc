#include "smp/sample_keys.h"

#include <algorithm>
#include <array>

#include "common/bytes.h"

namespace bondd::smp {

namespace {

// Most significant octet first, as printed.
using Printed = std::array<uint8_t, 16>;

// [Vol 6, Part C] 1
constexpr Printed kLinkLayerLtk = {0x4c, 0x68, 0x38, 0x41, 0x39, 0xf5,
                                   0x74, 0xd8, 0x36, 0xbc, 0xf3, 0x4e,
                                   0x9d, 0xfb, 0x01, 0xbf};
constexpr uint64_t kLinkLayerRand = 0xABCDEF1234567890;
// [Vol 3, Part H] D.3
constexpr Printed kF5Ltk = {0x69, 0x86, 0x79, 0x11, 0x69, 0xd7, 0xcd, 0x23,
                            0x98, 0x05, 0x22, 0xb5, 0x94, 0x75, 0x0a, 0x38};
// [Vol 3, Part H] D.7
constexpr Printed kAhIrk = {0xec, 0x02, 0x34, 0xa3, 0x57, 0xc8, 0xad, 0x05,
                            0x34, 0x10, 0x10, 0xa6, 0x0a, 0x39, 0x7d, 0x9b};

bool Same(ByteView key, const Printed& printed) {
  return std::equal(key.begin(), key.end(), printed.rbegin(), printed.rend());
}

}  // namespace

bool IsSampleLtk(const Ltk& ltk) {
  return Same(ltk.Reveal(), kLinkLayerLtk) || Same(ltk.Reveal(), kF5Ltk);
}

bool IsSampleRand(uint64_t rand) { return rand == kLinkLayerRand; }

bool IsSampleIrk(const Irk& irk) { return Same(irk.Reveal(), kAhIrk); }

}  // namespace bondd::smp
