#include "smp/phase.h"

#include <array>

namespace bondd::smp {

SecurityProperties PairingContext::Security() const {
  SecurityProperties security =
      SecurityOf(negotiated, parameters.legacy_passkey_authenticated);
  // Anybody can compute with the debug key.
  if (debug_key) security.authenticated = false;
  return security;
}

std::optional<PairingFailedReason> CheckNotWeaker(const PairingContext& context,
                                                  const BondData& bond) {
  const SecurityProperties security = context.Security();
  if (security.key_size < bond.security.key_size) {
    return PairingFailedReason::kEncryptionKeySize;
  }
  // [Vol 3, Part H] 3.6.1: under Secure Connections both sides have the LTK;
  // in legacy pairing they have what is distributed.
  const bool made = context.negotiated.secure_connections;
  const bool key_lost = (bond.peer_ltk && !made && !context.peer_keys().enc) ||
                        (bond.local_ltk && !made && !context.local_keys().enc);
  if (security.NotWeakerThan(bond.security) && !key_lost) return std::nullopt;
  return PairingFailedReason::kAuthenticationRequirements;
}

ReplaceOption RuleForNewcomer(const PairingContext& context,
                              const BondLookup& bonds,
                              const DeviceAddress& identity) {
  const DeviceAddress& on_air = context.link.peer;
  const BondData* known = bonds.FindBond(on_air);
  const bool direct =
      on_air == identity || (known != nullptr && known->identity == identity);
  const bool named = context.named && *context.named == identity;
  const bool covered = named || (context.covers_bond && direct);
  switch (context.parameters.replace) {
    case ReplaceOption::kAlways:
      if (!covered && !(context.covers_bond && context.initiator())) break;
      return ReplaceOption::kAlways;
    case ReplaceOption::kNotWeaker:
      if (!covered) break;
      return ReplaceOption::kNotWeaker;
    case ReplaceOption::kNever:
    case ReplaceOption::kAsk:
      break;
  }
  return ReplaceOption::kNever;
}

std::optional<uint32_t> GeneratePasskey(RandomSource& random) {
  constexpr uint32_t kPasskeys = 1'000'000;
  // 20 bits hold a passkey; values beyond the last one are drawn again, as
  // taking them modulo would favour small passkeys.
  constexpr uint32_t kMask = 0xFFFFF;
  for (;;) {
    std::array<uint8_t, 4> octets;
    if (!random.Fill(octets)) return std::nullopt;
    const uint32_t candidate = Reader(octets).U32() & kMask;
    if (candidate < kPasskeys) return candidate;
  }
}

std::optional<uint32_t> ShownPasskey(PhaseEnv& env) {
  const PairingParameters& parameters = env.context.parameters;
  if (parameters.passkey && parameters.fixed_passkey_allowed) {
    return *parameters.passkey;
  }
  return GeneratePasskey(env.sources.random);
}

}  // namespace bondd::smp
