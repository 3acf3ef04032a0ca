// Preloaded into a program: of all its calls that change a file whose path
// holds KILL_IN, the one with the number KILL_AT, from 1, is its last.

#include <stdlib.h>

#include "tests/bonds/fault_shim.h"

namespace bondd::bonds::testing {

namespace {

const char* Variable(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? "" : value;
}

// From before main() to the end.
const FaultScope scope({.fault = Fault::kKill,
                        .at = ::atoi(Variable("KILL_AT")),
                        .only = Variable("KILL_IN")});

}  // namespace

}  // namespace bondd::bonds::testing
