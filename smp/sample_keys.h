// Keys that are printed in the specification. A peer that distributes one has
// copied it from there, and everybody knows it.

#ifndef BONDD_SMP_SAMPLE_KEYS_H_
#define BONDD_SMP_SAMPLE_KEYS_H_

#include <cstdint>

#include "smp/keys.h"

namespace bondd::smp {

bool IsSampleLtk(const Ltk& ltk);
bool IsSampleRand(uint64_t rand);
bool IsSampleIrk(const Irk& irk);

}  // namespace bondd::smp

#endif  // BONDD_SMP_SAMPLE_KEYS_H_
