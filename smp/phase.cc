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

std::optional<PairingFailedReason> CheckNotWeaker(
    const SecurityProperties& security, const BondData& bond) {
  if (security.NotWeakerThan(bond.security)) return std::nullopt;
  return security.key_size < bond.security.key_size
             ? PairingFailedReason::kEncryptionKeySize
             : PairingFailedReason::kAuthenticationRequirements;
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
