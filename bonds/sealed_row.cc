#include "bonds/sealed_row.h"

#include <algorithm>
#include <array>

#include "bonds/wiped_text.h"

namespace bondd::bonds {

namespace {

constexpr size_t kGenerationSize = 8;
constexpr size_t kSumSize = 8;
// Of a row in order; damaged ones may have other sizes.
constexpr size_t kBondAssociatedSize =
    1 + 2 * kAddressSize + kGenerationSize + kAttributesSize;

// Associated data of fixed size, without memory of its own for each row.
class BondAssociated {
 public:
  // False: the columns have not the size of a bond's.
  bool Fill(ByteView adapter, ByteView identity, uint64_t generation,
            ByteView attributes) {
    if (adapter.size() != kAddressSize || identity.size() != kAddressSize ||
        attributes.size() != kAttributesSize) {
      return false;
    }
    uint8_t* out = octets_.data();
    *out++ = 'B';
    out = std::copy_n(adapter.data(), kAddressSize, out);
    out = std::copy_n(identity.data(), kAddressSize, out);
    for (size_t i = 0; i < kGenerationSize; ++i) {
      *out++ = static_cast<uint8_t>(generation >> (8 * i));
    }
    std::copy_n(attributes.data(), kAttributesSize, out);
    return true;
  }
  ByteView octets() const { return octets_; }

 private:
  std::array<uint8_t, kBondAssociatedSize> octets_;
};

Bytes IdentityAssociated(std::string_view name) {
  bondd::Writer writer;
  writer.U8('I').Append(
      {reinterpret_cast<const uint8_t*>(name.data()), name.size()});
  return writer.Finish();
}

Bytes HeadAssociated(const Head& head) {
  bondd::Writer writer;
  writer.U8('H').U64(head.generation).U64(head.bonds).U64(head.identities);
  return writer.Finish();
}

}  // namespace

Result<Bytes> SealBond(const Bond& bond, Sealer& sealer) {
  BondAssociated associated;
  associated.Fill(EncodeAddress(bond.adapter),
                  EncodeAddress(bond.data.identity), bond.generation,
                  EncodeAttributes(bond));
  return sealer.Seal(EncodeSecrets(bond).Reveal(), associated.octets());
}

Result<void> OpenBond(const RowView& row, Sealer& sealer, Bond& bond) {
  BondAssociated associated;
  BondSecrets secrets;
  if (!associated.Fill(row.adapter, row.identity,
                       static_cast<uint64_t>(row.generation), row.attributes) ||
      !sealer.Open(row.sealed, associated.octets(), secrets.Fill())) {
    return Fail(ErrorCode::kCorrupt, "its seal is broken");
  }
  return DecodeBond(row, secrets, bond);
}

Result<Bytes> SealIdentity(std::string_view name, const LocalIdentity& identity,
                           Sealer& sealer) {
  const IdentitySecrets secrets = EncodeIdentity(identity);
  const ByteView octets = secrets.Reveal();
  WipedOctets plain(octets.begin(), octets.end());
  plain.insert(plain.end(), identity.controller.begin(),
               identity.controller.end());
  return sealer.Seal(plain, IdentityAssociated(name));
}

Result<LocalIdentity> OpenIdentity(std::string_view name, ByteView sealed,
                                   Sealer& sealer) {
  constexpr size_t kLeast = kSealOverhead + kIdentitySecretsSize;
  const bool possible =
      sealed.size() >= kLeast && sealed.size() <= kLeast + kMaxControllerSize;
  WipedOctets plain(possible ? sealed.size() - kSealOverhead : 0);
  if (!possible || !sealer.Open(sealed, IdentityAssociated(name), plain)) {
    return Fail(ErrorCode::kCorrupt, "its seal is broken");
  }
  IdentitySecrets secrets;
  std::copy_n(plain.begin(), kIdentitySecretsSize, secrets.Fill().begin());
  Result<LocalIdentity> identity = DecodeIdentity(secrets);
  if (identity) {
    identity->controller.assign(plain.begin() + kIdentitySecretsSize,
                                plain.end());
  }
  return identity;
}

Result<Bytes> SealHead(const Head& head, Sealer& sealer) {
  bondd::Writer sum;
  sum.U64(head.sum);
  return sealer.Seal(sum.Finish(), HeadAssociated(head));
}

OpenedHead OpenHead(Head& head, ByteView sealed, Sealer& sealer) {
  const Bytes associated = HeadAssociated(head);
  if (sealed.size() == kSealOverhead) {
    return sealer.Open(sealed, associated, {}) ? OpenedHead::kWithoutSum
                                               : OpenedHead::kBroken;
  }
  std::array<uint8_t, kSumSize> sum;
  if (!sealer.Open(sealed, associated, sum)) return OpenedHead::kBroken;
  head.sum = Reader(sum).U64();
  return OpenedHead::kWhole;
}

}  // namespace bondd::bonds
