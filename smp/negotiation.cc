#include "smp/negotiation.h"

#include <algorithm>

namespace bondd::smp {

namespace {

// `secure_connections`: the kind of pairing that the flag is for.
bool OobFlag(const PairingParameters& parameters, bool secure_connections) {
  switch (parameters.oob) {
    case OobOption::kNo:
      return false;
    case OobOption::kYes:
      return true;
    case OobOption::kAuto:
      return secure_connections ? parameters.oob_peer.has_value()
                                : parameters.oob_legacy_tk.has_value();
  }
  return false;
}

bool MitmFlag(const PairingParameters& parameters, bool oob) {
  switch (parameters.mitm) {
    case MitmOption::kNo:
      return false;
    case MitmOption::kYes:
      return true;
    case MitmOption::kAuto:
      return parameters.io_capability != IoCapability::kNoInputNoOutput || oob;
  }
  return false;
}

KeyDistribution WithoutEnc(KeyDistribution keys) {
  keys.enc = false;
  return keys;
}

bool MaySecureConnections(const PairingParameters& parameters) {
  return parameters.secure_connections != SecureConnectionsOption::kOff;
}

AuthReq AuthReqWith(const PairingParameters& parameters, bool oob) {
  return {.bonding = parameters.bonding,
          .mitm = MitmFlag(parameters, oob),
          .secure_connections = MaySecureConnections(parameters),
          .keypress = parameters.keypress};
}

PairingFeatures FeaturesWith(const PairingParameters& parameters, bool oob) {
  return {.io_capability = parameters.io_capability,
          .oob = oob,
          .auth_req = AuthReqWith(parameters, oob),
          .max_key_size = parameters.max_key_size,
          .initiator_keys = parameters.initiator_keys,
          .responder_keys = parameters.responder_keys};
}

}  // namespace

// Whoever speaks first sets the flag for Secure Connections, where that may
// come of it: with a TK alone the flag would tell a peer that does Secure
// Connections of data that we don't have.
AuthReq AuthReqFor(const PairingParameters& parameters) {
  return RequestFeatures(parameters).auth_req;
}

PairingFeatures RequestFeatures(const PairingParameters& parameters) {
  return FeaturesWith(parameters,
                      OobFlag(parameters, MaySecureConnections(parameters)));
}

PairingFeatures ResponseFeatures(const PairingParameters& parameters,
                                 const PairingFeatures& request) {
  const bool secure_connections =
      request.auth_req.secure_connections && MaySecureConnections(parameters);
  PairingFeatures response =
      FeaturesWith(parameters, OobFlag(parameters, secure_connections));
  // What can't be had is not asked for by whoever speaks last.
  if (parameters.mitm == MitmOption::kAuto && response.auth_req.mitm) {
    response.auth_req.mitm =
        SelectAssociation(request, response, secure_connections).model !=
        AssociationModel::kJustWorks;
  }
  response.initiator_keys = response.initiator_keys & request.initiator_keys;
  response.responder_keys = response.responder_keys & request.responder_keys;
  return response;
}

Negotiated Negotiate(const PairingFeatures& request,
                     const PairingFeatures& response) {
  Negotiated result;
  result.secure_connections = request.auth_req.secure_connections &&
                              response.auth_req.secure_connections;
  result.bonding = request.auth_req.bonding && response.auth_req.bonding;
  result.keypress = request.auth_req.keypress && response.auth_req.keypress;
  result.key_size = std::min(request.max_key_size, response.max_key_size);
  result.association =
      SelectAssociation(request, response, result.secure_connections);
  // The responder's answer is final; the request is asked again in case that
  // it grants what nobody asked for.
  result.initiator_keys = request.initiator_keys & response.initiator_keys;
  result.responder_keys = request.responder_keys & response.responder_keys;
  if (result.secure_connections) {
    // [Vol 3, Part H] 3.6.1: EncKey is ignored, the LTK is made, not sent.
    result.initiator_keys = WithoutEnc(result.initiator_keys);
    result.responder_keys = WithoutEnc(result.responder_keys);
  }
  return result;
}

SecurityProperties SecurityOf(const Negotiated& negotiated,
                              bool legacy_passkey_authenticated) {
  const bool legacy_passkey =
      negotiated.association.model == AssociationModel::kPasskeyEntry &&
      !negotiated.secure_connections;
  return {.authenticated = legacy_passkey ? legacy_passkey_authenticated
                                          : negotiated.association.model !=
                                                AssociationModel::kJustWorks,
          .secure_connections = negotiated.secure_connections,
          .key_size = negotiated.key_size};
}

std::optional<PairingFailedReason> CheckRequirements(
    const PairingParameters& parameters, const Negotiated& negotiated) {
  constexpr uint8_t kFullKeySize = 16;
  if (parameters.secure_connections == SecureConnectionsOption::kOnly &&
      !negotiated.secure_connections) {
    return PairingFailedReason::kAuthenticationRequirements;
  }
  if (!parameters.methods.Has(negotiated.association.model)) {
    return PairingFailedReason::kAuthenticationRequirements;
  }
  if (negotiated.key_size < parameters.min_key_size) {
    return PairingFailedReason::kEncryptionKeySize;
  }
  SecurityProperties security =
      SecurityOf(negotiated, parameters.legacy_passkey_authenticated);
  if (security.Level() >= parameters.require_level) return std::nullopt;
  // Would a longer key alone have done?
  security.key_size = kFullKeySize;
  return security.Level() >= parameters.require_level
             ? PairingFailedReason::kEncryptionKeySize
             : PairingFailedReason::kAuthenticationRequirements;
}

}  // namespace bondd::smp
