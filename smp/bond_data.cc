#include "smp/bond_data.h"

namespace bondd::smp {

namespace {

template <typename T>
std::optional<T> CloneOf(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return value->Clone();
}

}  // namespace

BondData BondData::Clone() const {
  return {.identity = identity,
          .role = role,
          .model = model,
          .security = security,
          .debug = debug,
          .local_ltk = CloneOf(local_ltk),
          .peer_ltk = CloneOf(peer_ltk),
          .peer_irk = CloneOf(peer_irk),
          .local_identity_sent = local_identity_sent,
          .local_csrk = CloneOf(local_csrk),
          .peer_csrk = CloneOf(peer_csrk),
          .local_sign_counter = local_sign_counter,
          .peer_sign_counter = peer_sign_counter};
}

}  // namespace bondd::smp
