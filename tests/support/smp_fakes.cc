#include "tests/support/smp_fakes.h"

#include <algorithm>
#include <utility>

#include "smp/crypto.h"

namespace bondd::smp::test {

bool SeededRandom::Fill(std::span<uint8_t> out) {
  if (exhausted || draws_left == size_t{0}) return false;
  if (draws_left) --*draws_left;
  for (uint8_t& octet : out) octet = static_cast<uint8_t>(engine_());
  return true;
}

Result<KeyPair> SeededKeyPairs::Take() {
  if (exhausted) return Fail(ErrorCode::kCrypto, "no key pairs left");
  if (next.empty()) {
    std::array<uint8_t, 32> scalar;
    random_.Fill(scalar);
    scalar.back() = 0x01;  // surely below the order of the curve
    auto pair = KeyPair::FromPrivateKey(scalar);
    if (!pair) return pair;
    next.push_back(std::move(*pair));
  }
  KeyPair pair = std::move(next.front());
  next.pop_front();
  taken.push_back(pair.public_key().x());
  return pair;
}

const BondData* BondsInMemory::FindBond(const DeviceAddress& address) const {
  const auto exact = bonds_.find(address);
  if (exact != bonds_.end()) return &exact->second;
  for (const auto& [identity, bond] : bonds_) {
    if (bond.peer_irk && Resolves(*bond.peer_irk, address)) return &bond;
  }
  return nullptr;
}

void BondsInMemory::Put(BondData bond) {
  const DeviceAddress identity = bond.identity;
  bonds_.insert_or_assign(identity, std::move(bond));
}

BondsInMemory BondsInMemory::Clone() const {
  BondsInMemory copy;
  for (const auto& [identity, bond] : bonds_) copy.Put(bond.Clone());
  return copy;
}

bool BondsInMemory::operator==(const BondsInMemory& other) const {
  return std::equal(bonds_.begin(), bonds_.end(), other.bonds_.begin(),
                    other.bonds_.end(), [](const auto& a, const auto& b) {
                      return SameBond(a.second, b.second);
                    });
}

DeviceAddress PublicAddress(std::string_view text) {
  return DeviceAddress::Parse(text, AddressType::kPublic).value();
}

DeviceAddress RandomAddress(std::string_view text) {
  return DeviceAddress::Parse(text, AddressType::kRandom).value();
}

DeviceAddress PrivateAddressOf(const Irk& irk) {
  const std::array<uint8_t, 3> prand = {0x11, 0x22, 0x43};
  const auto hash = ah(irk, prand);
  return {AddressType::kRandom,
          {hash[0], hash[1], hash[2], prand[0], prand[1], prand[2]}};
}

bool SameBond(const BondData& a, const BondData& b) {
  return a.identity == b.identity && a.role == b.role && a.model == b.model &&
         a.security == b.security && a.debug == b.debug &&
         a.local_ltk == b.local_ltk && a.peer_ltk == b.peer_ltk &&
         a.peer_irk == b.peer_irk &&
         a.local_identity_sent == b.local_identity_sent &&
         a.local_csrk == b.local_csrk && a.peer_csrk == b.peer_csrk &&
         a.local_sign_counter == b.local_sign_counter &&
         a.peer_sign_counter == b.peer_sign_counter;
}

}  // namespace bondd::smp::test
