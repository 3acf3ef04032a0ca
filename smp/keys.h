// The secrets of the Security Manager, each a type of its own.
//
// All are in the order of transmission, least significant octet first.

#ifndef BONDD_SMP_KEYS_H_
#define BONDD_SMP_KEYS_H_

#include <cstdint>

#include "common/secret.h"

namespace bondd::smp {

using Ltk = Secret<struct LtkTag, 16>;
using Irk = Secret<struct IrkTag, 16>;
using Csrk = Secret<struct CsrkTag, 16>;
using Stk = Secret<struct StkTag, 16>;
using Tk = Secret<struct TkTag, 16>;
using DhKey = Secret<struct DhKeyTag, 32>;
using MacKey = Secret<struct MacKeyTag, 16>;
// Also Mrand and Srand of legacy pairing, and r of OOB data.
using Nonce = Secret<struct NonceTag, 16>;
using ConfirmValue = Secret<struct ConfirmValueTag, 16>;
using DhKeyCheck = Secret<struct DhKeyCheckTag, 16>;

// An LTK together with what names it on the link layer. Under Secure
// Connections `ediv` and `rand` are 0.
struct LongTermKey {
  Ltk ltk;
  uint16_t ediv = 0;
  uint64_t rand = 0;

  LongTermKey Clone() const { return {ltk.Clone(), ediv, rand}; }
  friend bool operator==(const LongTermKey&, const LongTermKey&) = default;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_KEYS_H_
