#include "bonds/bond.h"

#include <algorithm>

namespace bondd::bonds {

namespace {

// The code point at the front and how many octets it took; 0 octets when
// there is no well-formed one.
struct CodePoint {
  uint32_t value = 0;
  size_t size = 0;
};

CodePoint FirstCodePoint(std::string_view text) {
  const auto octet = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = octet(0);
  if (lead < 0x80) return {lead, 1};
  size_t size = 0;
  uint32_t least = 0;
  uint32_t value = 0;
  if ((lead & 0xE0) == 0xC0) {
    size = 2, least = 0x80, value = lead & 0x1F;
  } else if ((lead & 0xF0) == 0xE0) {
    size = 3, least = 0x800, value = lead & 0x0F;
  } else if ((lead & 0xF8) == 0xF0) {
    size = 4, least = 0x10000, value = lead & 0x07;
  }
  if (size == 0 || text.size() < size) return {};
  for (size_t i = 1; i < size; ++i) {
    if ((octet(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (octet(i) & 0x3F);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least || value > 0x10FFFF || surrogate) return {};
  return {value, size};
}

std::unexpected<Error> Invalid(const char* reason) {
  return Fail(ErrorCode::kInvalidArgument, reason);
}

Result<void> ValidateLongTermKey(const std::optional<smp::LongTermKey>& key,
                                 const smp::SecurityProperties& security) {
  if (!key) return {};
  if (key->ltk.IsZero()) return Invalid("a long term key of zeros");
  // [Vol 3, Part H] 2.3.4
  const auto beyond = key->ltk.Reveal().subspan(security.key_size);
  if (std::ranges::any_of(beyond, [](uint8_t octet) { return octet != 0; })) {
    return Invalid("a long term key that is longer than its size");
  }
  // [Vol 3, Part H] 2.4.4: EDIV and Rand of an LTK made by Secure Connections
  // are zero.
  if (security.secure_connections && (key->ediv != 0 || key->rand != 0)) {
    return Invalid("EDIV or Rand beside a Secure Connections key");
  }
  return {};
}

}  // namespace

Bond Bond::Clone() const {
  return {.adapter = adapter,
          .data = data.Clone(),
          .generation = generation,
          .created = created,
          .last_used = last_used,
          .name = name,
          .peer_lost_keys = peer_lost_keys};
}

Result<void> Validate(const Bond& bond) {
  const smp::BondData& data = bond.data;
  const smp::SecurityProperties& security = data.security;
  if (data.identity.IsZero()) return Invalid("an identity address of zeros");
  if (security.key_size < 7 || security.key_size > 16) {
    return Invalid("a key size that is not 7 to 16");
  }
  // [Vol 3, Part H] 2.3.5.1: what an association model can give.
  using enum smp::AssociationModel;
  if (data.model == kJustWorks && security.authenticated) {
    return Invalid("Just Works that is authenticated");
  }
  // With a debug key nothing is.
  if (data.model == kNumericComparison && !security.authenticated &&
      !data.debug) {
    return Invalid("Numeric Comparison that is not authenticated");
  }
  if (data.model == kNumericComparison && !security.secure_connections) {
    return Invalid("Numeric Comparison without Secure Connections");
  }
  for (const auto* key : {&data.local_ltk, &data.peer_ltk}) {
    if (auto valid = ValidateLongTermKey(*key, security); !valid) return valid;
  }
  if (security.secure_connections && data.local_ltk && data.peer_ltk &&
      !(data.local_ltk->ltk == data.peer_ltk->ltk)) {
    return Invalid("two long term keys of Secure Connections");
  }
  if (data.peer_irk && data.peer_irk->IsZero()) {
    return Invalid("an identity resolving key of zeros");
  }
  for (const auto* csrk : {&data.local_csrk, &data.peer_csrk}) {
    if (*csrk && (*csrk)->IsZero()) return Invalid("a signing key of zeros");
  }
  if (!IsValidName(bond.name)) {
    return Invalid("a name that is not UTF-8 of at most 248 octets");
  }
  return {};
}

bool IsValidName(std::string_view name) {
  if (name.size() > kMaxNameSize) return false;
  // Most of them have nothing else.
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F; };
  name = {std::ranges::find_if_not(name, plain), name.end()};
  while (!name.empty()) {
    const CodePoint point = FirstCodePoint(name);
    const bool control = point.value < 0x20 || point.value == 0x7F;
    if (point.size == 0 || control) return false;
    name.remove_prefix(point.size);
  }
  return true;
}

}  // namespace bondd::bonds
