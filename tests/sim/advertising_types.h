// [Vol 4, Part E] 7.8.5 and 7.7.65.2: types as commands and reports have them.

#ifndef BONDD_TESTS_SIM_ADVERTISING_TYPES_H_
#define BONDD_TESTS_SIM_ADVERTISING_TYPES_H_

#include <cstdint>

namespace bondd::test {

inline constexpr uint8_t kAdvInd = 0;
inline constexpr uint8_t kDirectInd = 1;
inline constexpr uint8_t kScanInd = 2;
inline constexpr uint8_t kNonConnInd = 3;
inline constexpr uint8_t kScanRsp = 4;
inline constexpr uint8_t kLowDutyDirect = 4;

}  // namespace bondd::test

#endif  // BONDD_TESTS_SIM_ADVERTISING_TYPES_H_
