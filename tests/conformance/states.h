// The states that a Security Manager rests in, how a Lower Tester brings it
// there, what each PDU code does in each of them, and how the pairing goes on.

#ifndef BONDD_TESTS_CONFORMANCE_STATES_H_
#define BONDD_TESTS_CONFORMANCE_STATES_H_

#include <ostream>
#include <span>

#include "tests/conformance/names.h"

namespace bondd::smp::test {

struct State {
  const char* name;
  Role role;  // of the IUT
  // What happens, for each of the codes from 0x01 to 0x0E:
  //   .      it is dropped, and the state goes on
  //   e      the pairing has ended, and nothing is said
  //   7 8    the pairing has ended, with this reason
  //   r      it is refused with 0x07, and the state goes on
  //   b      it is refused with 0x10, and the state goes on
  //   h      it is kept until its time has come
  //   t      it is what may come now
  //   c      the user is asked for consent
  //   d      what went to the store is taken back
  const char* effects;
  void (*reach)(LowerTester&);
  void (*go_on)(LowerTester&);
};

void PrintTo(const State& state, std::ostream* out);

std::span<const State> States();

// Drops what the IUT has put out for the link beyond the first `kept`: PDUs
// are taken for acknowledged.
void Drop(LowerTester& lt, size_t kept);

// The user agrees from here on, and the two pair from the beginning, without
// asking anybody for anything.
void PairAnew(LowerTester& lt);

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_CONFORMANCE_STATES_H_
