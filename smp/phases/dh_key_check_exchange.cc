#include "smp/phases/dh_key_check_exchange.h"

#include <utility>
#include <variant>

#include "smp/crypto.h"

namespace bondd::smp {

namespace {

IoCap IoCapOf(const PairingOctets& octets) {
  return {octets[1], octets[2], octets[3]};
}

}  // namespace

PhaseResult DhKeyCheckExchange::Begin(PhaseEnv& env) {
  const PairingContext& context = env.context;
  const auto dh_key = keys_.own.ComputeDhKey(keys_.peer);
  if (!dh_key) return FailInternally();
  const AuthenticationOutcome& o = outcome_;
  const DeviceAddress& a = context.initiator_address();
  const DeviceAddress& b = context.responder_address();
  F5Keys keys = f5(*dh_key, o.initiator_nonce, o.responder_nonce, a, b);
  DhKeyCheck ea = f6(keys.mac_key, o.initiator_nonce, o.responder_nonce,
                     o.responder_r, IoCapOf(context.request), a, b);
  DhKeyCheck eb = f6(keys.mac_key, o.responder_nonce, o.initiator_nonce,
                     o.initiator_r, IoCapOf(context.response), b, a);
  own_check_ = std::move(context.initiator() ? ea : eb);
  peer_check_ = std::move(context.initiator() ? eb : ea);
  MaskToSize(keys.ltk.Fill(), context.negotiated.key_size);
  key_ = std::move(keys.ltk);
  if (context.initiator()) env.out.Send(PairingDhKeyCheck{own_check_.Clone()});
  return Progress::kWaiting;
}

Admission DhKeyCheckExchange::Admit(const Pdu& pdu,
                                    const PairingContext&) const {
  return std::holds_alternative<PairingDhKeyCheck>(pdu) ? Admission::kNow
                                                        : Admission::kRefuse;
}

PhaseResult DhKeyCheckExchange::OnPdu(Pdu pdu, PhaseEnv& env) {
  if (!(std::get<PairingDhKeyCheck>(pdu).value == peer_check_)) {
    return FailWith(PairingFailedReason::kDhKeyCheckFailed);
  }
  if (!env.context.initiator()) {
    env.out.Send(PairingDhKeyCheck{own_check_.Clone()});
  }
  return Progress::kFinished;
}

}  // namespace bondd::smp
