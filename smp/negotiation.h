// The arithmetic of phase 1, apart from any PDU exchange: which features a set
// of parameters puts on the air, what two feature sets agree on, and whether
// one's own requirements hold. FeatureExchange and prediction.h share it.

#ifndef BONDD_SMP_NEGOTIATION_H_
#define BONDD_SMP_NEGOTIATION_H_

#include <expected>

#include "smp/association_model.h"
#include "smp/pairing_options.h"
#include "smp/pdu.h"
#include "smp/types.h"

namespace bondd::smp {

// The AuthReq that these parameters put on the air.
AuthReq AuthReqFor(const PairingParameters& parameters);

// The features of our Pairing Request.
PairingFeatures RequestFeatures(const PairingParameters& parameters);

// The features of our Pairing Response to `request`: the key distributions are
// what both sides want.
PairingFeatures ResponseFeatures(const PairingParameters& parameters,
                                 const PairingFeatures& request);

struct Negotiated {
  bool secure_connections = false;
  bool bonding = false;
  bool keypress = false;
  uint8_t key_size = 0;  // octets
  Association association;
  KeyDistribution initiator_keys;  // without enc under Secure Connections
  KeyDistribution responder_keys;
};

Negotiated Negotiate(const PairingFeatures& request,
                     const PairingFeatures& response);

// [Vol 3, Part C] 10.2.1 as far as features tell.
SecurityProperties SecurityOf(const Negotiated& negotiated,
                              bool legacy_passkey_authenticated);

// The reason for which this side must refuse, if there is one.
std::optional<PairingFailedReason> CheckRequirements(
    const PairingParameters& parameters, const Negotiated& negotiated);

}  // namespace bondd::smp

#endif  // BONDD_SMP_NEGOTIATION_H_
