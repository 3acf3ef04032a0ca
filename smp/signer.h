// Data signing with a CSRK: what a Signed Write carries, and whether one that
// arrived is the peer's and is new.
//
// [Vol 3, Part H] 2.4.5; [Vol 3, Part C] 10.4

#ifndef BONDD_SMP_SIGNER_H_
#define BONDD_SMP_SIGNER_H_

#include <cstdint>

#include "common/bytes.h"
#include "smp/bond_data.h"

namespace bondd::smp {

// `message` with its 12 octets of signature, under the bond's local CSRK; the
// counter of the bond moves on. Empty where the bond has no such key, or its
// counter is used up.
Bytes SignWith(BondData& bond, ByteView message);

// Whether `signed_message` (12 octets of signature at its end) is signed with
// the bond's peer CSRK, with a counter not seen before. If so, the counter of
// the bond moves beyond it; else nothing changes.
bool VerifyWith(BondData& bond, ByteView signed_message);

}  // namespace bondd::smp

#endif  // BONDD_SMP_SIGNER_H_
