// What has to hold whatever the fuzzer does: a broken rule is a crash, which
// is how libFuzzer learns of it.

#ifndef BONDD_TESTS_FUZZ_CHECK_H_
#define BONDD_TESTS_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace bondd {

inline void Check(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken rule: %s\n", rule);
  std::abort();
}

}  // namespace bondd

#endif  // BONDD_TESTS_FUZZ_CHECK_H_
