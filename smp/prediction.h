// What a pairing will come to, from both sides' parameters and without a
// radio: the checks of FeatureExchange and PublicKeyExchange, in the order in
// which the two sides make them.

#ifndef BONDD_SMP_PREDICTION_H_
#define BONDD_SMP_PREDICTION_H_

#include <expected>

#include "smp/negotiation.h"

namespace bondd::smp {

struct Prediction {
  Negotiated negotiated;
  // What it is worth to the initiator.
  SecurityProperties security;
};

// The check that fails first.
struct PredictedFailure {
  Role detector = Role::kInitiator;
  PairingFailedReason reason = PairingFailedReason::kUnspecifiedReason;
};

// Takes it that nobody is bonded yet, that the users agree, and that the OOB
// data which a side's flag speaks of was given out and is right.
std::expected<Prediction, PredictedFailure> Predict(
    const PairingParameters& initiator, const PairingParameters& responder);

}  // namespace bondd::smp

#endif  // BONDD_SMP_PREDICTION_H_
