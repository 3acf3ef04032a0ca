// What a new bond may take the place of, where others write bonds, too.

#ifndef BONDD_BONDS_REPLACING_H_
#define BONDD_BONDS_REPLACING_H_

#include <cstdint>

#include "smp/pairing_options.h"

namespace bondd::bonds {

// Bonds that were there were judged by whoever made the new one. Those that
// came since then he does not know.
struct Replacing {
  // Of the store, when the bond that was there was judged.
  uint64_t judged = 0;
  // What holds for a bond that was put there later; kAsk is as kNever.
  smp::ReplaceOption newer = smp::ReplaceOption::kAlways;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_REPLACING_H_
