#include "smp/prediction.h"

namespace bondd::smp {

namespace {

// A key pair that the other side has a commitment to is not the debug one.
bool UsesDebugKey(const PairingParameters& own, const PairingFeatures& peer) {
  return own.debug_keys == DebugKeysOption::kUse && !peer.oob;
}

SecurityProperties Worth(const PairingParameters& own,
                         const Negotiated& negotiated, bool debug_key) {
  SecurityProperties security =
      SecurityOf(negotiated, own.legacy_passkey_authenticated);
  if (debug_key) security.authenticated = false;
  return security;
}

// What a side thinks of the public keys.
std::optional<PairingFailedReason> CheckDebugKeys(const PairingParameters& own,
                                                  const Negotiated& negotiated,
                                                  bool own_debug,
                                                  bool peer_debug) {
  if (peer_debug && own.debug_keys == DebugKeysOption::kReject) {
    return PairingFailedReason::kInvalidParameters;
  }
  const bool debug_key = own_debug || peer_debug;
  if (debug_key &&
      Worth(own, negotiated, debug_key).Level() < own.require_level) {
    return PairingFailedReason::kAuthenticationRequirements;
  }
  return std::nullopt;
}

}  // namespace

std::expected<Prediction, PredictedFailure> Predict(
    const PairingParameters& initiator, const PairingParameters& responder) {
  const PairingFeatures request = RequestFeatures(initiator);
  const PairingFeatures response = ResponseFeatures(responder, request);
  const Negotiated negotiated = Negotiate(request, response);
  const bool debug_i =
      negotiated.secure_connections && UsesDebugKey(initiator, response);
  const bool debug_r =
      negotiated.secure_connections && UsesDebugKey(responder, request);
  // The responder has the request first, and the initiator's public key.
  if (const auto reason = CheckRequirements(responder, negotiated)) {
    return std::unexpected(PredictedFailure{Role::kResponder, *reason});
  }
  if (const auto reason = CheckRequirements(initiator, negotiated)) {
    return std::unexpected(PredictedFailure{Role::kInitiator, *reason});
  }
  if (const auto reason =
          CheckDebugKeys(responder, negotiated, debug_r, debug_i)) {
    return std::unexpected(PredictedFailure{Role::kResponder, *reason});
  }
  if (const auto reason =
          CheckDebugKeys(initiator, negotiated, debug_i, debug_r)) {
    return std::unexpected(PredictedFailure{Role::kInitiator, *reason});
  }
  return Prediction{negotiated,
                    Worth(initiator, negotiated, debug_i || debug_r)};
}

}  // namespace bondd::smp
