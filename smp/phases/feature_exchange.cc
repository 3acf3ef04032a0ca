#include "smp/phases/feature_exchange.h"

#include <utility>
#include <variant>

namespace bondd::smp {

namespace {

// [Vol 3, Part H] 3.5.5: a field with a reserved value.
PhaseResult InvalidParameters() {
  return FailWith(PairingFailedReason::kInvalidParameters);
}

}  // namespace

PhaseResult FeatureExchange::Begin(PhaseEnv& env) {
  PairingContext& context = env.context;
  if (!context.initiator()) return Progress::kWaiting;
  context.local_features = RequestFeatures(context.parameters);
  context.request = context.local_features.Encode(Code::kPairingRequest);
  env.out.Send(PairingRequest{context.request});
  return Progress::kWaiting;
}

Admission FeatureExchange::Admit(const Pdu& pdu,
                                 const PairingContext& context) const {
  // A question to the user is open: the peer has nothing to say until our
  // response (or, as responder's peer, until the user has agreed).
  if (prompt_) return Admission::kRefuse;
  const bool expected = context.initiator()
                            ? std::holds_alternative<PairingResponse>(pdu)
                            : std::holds_alternative<PairingRequest>(pdu);
  return expected ? Admission::kNow : Admission::kRefuse;
}

PhaseResult FeatureExchange::OnPdu(Pdu pdu, PhaseEnv& env) {
  if (const auto* request = std::get_if<PairingRequest>(&pdu)) {
    return OnRequest(*request, env);
  }
  return OnResponse(std::get<PairingResponse>(pdu), env);
}

PhaseResult FeatureExchange::OnRequest(const PairingRequest& request,
                                       PhaseEnv& env) {
  PairingContext& context = env.context;
  const auto features = PairingFeatures::Decode(request.octets);
  if (!features) return InvalidParameters();
  context.request = request.octets;
  context.peer_features = *features;
  env.out.Emit(PairingRequested{*features});
  const bool bonded = env.sources.bonds.FindBond(context.link.peer) != nullptr;
  prompt_ = env.out.Ask(ConsentPrompt{.security_request = false,
                                      .auth_req = features->auth_req,
                                      .features = *features,
                                      .bonded = bonded});
  return Progress::kWaiting;
}

PhaseResult FeatureExchange::OnReply(const UserReply& reply, PhaseEnv& env) {
  PairingContext& context = env.context;
  prompt_.reset();
  if (const auto* consent = std::get_if<AcceptConsent>(&reply)) {
    context.parameters = consent->parameters.Clone();
    context.covers_bond = consent->covers_bond;
    context.named = consent->named;
    return Respond(env);
  }
  if (std::holds_alternative<AcceptReplace>(reply)) {
    context.replace_agreed = true;
    return context.initiator() ? CheckBond(env) : Respond(env);
  }
  if (const auto* refuse = std::get_if<Refuse>(&reply)) {
    // [Vol 3, Part H] 3.5.5: to replace the bond it is not good enough; and
    // where there is no consent, pairing is not supported *now*.
    const bool replace =
        std::holds_alternative<ReplacePrompt>(env.out.last_question());
    return RefusedBy(*refuse,
                     replace ? PairingFailedReason::kAuthenticationRequirements
                             : PairingFailedReason::kPairingNotSupported);
  }
  return Ignore();
}

PhaseResult FeatureExchange::Respond(PhaseEnv& env) {
  PairingContext& context = env.context;
  context.local_features =
      ResponseFeatures(context.parameters, context.peer_features);
  context.response = context.local_features.Encode(Code::kPairingResponse);
  context.negotiated = Negotiate(context.peer_features, context.local_features);
  const PhaseResult settled = Settle(env);
  if (!settled || *settled == Progress::kWaiting) return settled;
  env.out.Send(PairingResponse{context.response});
  return Progress::kFinished;
}

PhaseResult FeatureExchange::OnResponse(const PairingResponse& response,
                                        PhaseEnv& env) {
  PairingContext& context = env.context;
  const auto features = PairingFeatures::Decode(response.octets);
  if (!features) return InvalidParameters();
  context.response = response.octets;
  context.peer_features = *features;
  context.negotiated = Negotiate(context.local_features, context.peer_features);
  return Settle(env);
}

// kWaiting: the user is asked whether the bond may be replaced.
PhaseResult FeatureExchange::Settle(PhaseEnv& env) {
  const PairingContext& context = env.context;
  if (const auto reason =
          CheckRequirements(context.parameters, context.negotiated)) {
    return FailWith(*reason);
  }
  // The peer says it has our OOB data, and we never gave any out.
  const bool oob =
      context.negotiated.association.model == AssociationModel::kOutOfBand;
  if (oob && context.negotiated.secure_connections &&
      context.peer_features.oob && !context.parameters.oob_local) {
    return FailWith(PairingFailedReason::kOobNotAvailable);
  }
  return CheckBond(env);
}

PhaseResult FeatureExchange::CheckBond(PhaseEnv& env) {
  const PairingContext& context = env.context;
  const BondData* bond = env.sources.bonds.FindBond(context.link.peer);
  if (bond == nullptr) return Progress::kFinished;
  const bool named = context.named && *context.named == bond->identity;
  if (!context.covers_bond && !named) {
    return FailWith(PairingFailedReason::kAuthenticationRequirements);
  }
  // Nothing will be replaced.
  if (!context.negotiated.bonding) return Progress::kFinished;
  switch (context.parameters.replace) {
    case ReplaceOption::kAlways:
      return Progress::kFinished;
    case ReplaceOption::kNever:
      break;
    case ReplaceOption::kAsk:
      if (context.replace_agreed) return Progress::kFinished;
      prompt_ = env.out.Ask(ReplacePrompt{bond->identity});
      return Progress::kWaiting;
    case ReplaceOption::kNotWeaker:
      if (const auto reason = CheckNotWeaker(context, *bond)) {
        return FailWith(*reason);
      }
      return Progress::kFinished;
  }
  return FailWith(PairingFailedReason::kAuthenticationRequirements);
}

}  // namespace bondd::smp
