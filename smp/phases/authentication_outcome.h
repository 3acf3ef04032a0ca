// What each of the three Secure Connections authentications hands on to the
// DHKey Check.

#ifndef BONDD_SMP_PHASES_AUTHENTICATION_OUTCOME_H_
#define BONDD_SMP_PHASES_AUTHENTICATION_OUTCOME_H_

#include "smp/keys.h"

namespace bondd::smp {

// [Vol 3, Part H] 2.3.5.6.5: the nonces, and ra and rb of f6 (zeros, the
// passkey or the OOB random values).
struct AuthenticationOutcome {
  Nonce initiator_nonce;
  Nonce responder_nonce;
  Nonce initiator_r;
  Nonce responder_r;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_AUTHENTICATION_OUTCOME_H_
