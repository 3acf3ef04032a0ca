#include "bonds/bond_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace bondd::bonds {

namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kLongTermKeySize = smp::Ltk::kSize + 2 + 8;

// Fills a secret octet string of fixed size, leaving no copy behind.
class SecretWriter {
 public:
  explicit SecretWriter(std::span<uint8_t> out) : rest_(out) {}

  void Octets(ByteView octets) {
    std::copy(octets.begin(), octets.end(), rest_.begin());
    rest_ = rest_.subspan(octets.size());
  }
  void Integer(uint64_t value, size_t width) {
    for (size_t i = 0; i < width; ++i) {
      rest_[i] = static_cast<uint8_t>(value >> (8 * i));
    }
    rest_ = rest_.subspan(width);
  }
  template <typename Key>
  void Key16(const std::optional<Key>& key) {
    if (key) {
      Octets(key->Reveal());
    } else {
      rest_ = rest_.subspan(Key::kSize);
    }
  }
  void LongTerm(const std::optional<smp::LongTermKey>& key) {
    if (key) {
      Octets(key->ltk.Reveal());
      Integer(key->ediv, 2);
      Integer(key->rand, 8);
    } else {
      rest_ = rest_.subspan(kLongTermKeySize);
    }
  }

 private:
  std::span<uint8_t> rest_;
};

template <typename Key>
void Fill(Key& key, Reader& reader) {
  // There are as many, for the secrets are of fixed size.
  const ByteView octets = reader.Take(Key::kSize);
  std::copy_n(octets.data(), Key::kSize, key.Fill().data());
}

// Keys are filled where they are going to stay: a move wipes what it leaves.
template <typename Key>
void FillIf(bool present, std::optional<Key>& key, Reader& reader) {
  if (present) {
    Fill(key.emplace(), reader);
  } else {
    reader.Take(Key::kSize);
  }
}

void FillIf(bool present, std::optional<smp::LongTermKey>& key,
            Reader& reader) {
  if (!present) {
    reader.Take(kLongTermKeySize);
    return;
  }
  Fill(key.emplace().ltk, reader);
  key->ediv = reader.U16();
  key->rand = reader.U64();
}

std::unexpected<Error> Corrupt(std::string message) {
  return Fail(ErrorCode::kCorrupt, std::move(message));
}

struct Attributes {
  uint8_t keys = 0;
};

// Fills what the attributes say of the bond.
Result<Attributes> DecodeAttributes(ByteView octets, Bond& bond) {
  Reader reader(octets);
  const uint8_t format = reader.U8();
  const uint8_t role = reader.U8();
  const uint8_t model = reader.U8();
  const uint8_t flags = reader.U8();
  const uint8_t key_size = reader.U8();
  const uint8_t keys = reader.U8();
  bond.created = reader.U64();
  if (!reader.complete()) return Corrupt("attributes of a wrong length");
  if (format != kFormat) {
    return Corrupt(fmt::format("attributes of unknown format {}", format));
  }
  if (role > 1 || model > 3 || flags > 0x1F || keys > 0x1F) {
    return Corrupt("attributes with an unknown value");
  }
  smp::BondData& data = bond.data;
  data.role = static_cast<smp::Role>(role);
  data.model = static_cast<smp::AssociationModel>(model);
  data.security = {.authenticated = (flags & 1) != 0,
                   .secure_connections = (flags & 2) != 0,
                   .key_size = key_size};
  data.debug = (flags & 4) != 0;
  data.local_identity_sent = (flags & 8) != 0;
  bond.peer_lost_keys = (flags & 16) != 0;
  return Attributes{.keys = keys};
}

}  // namespace

AddressOctets EncodeAddress(const DeviceAddress& address) {
  AddressOctets octets;
  octets[0] = static_cast<uint8_t>(address.type);
  std::ranges::copy(address.octets, octets.begin() + 1);
  return octets;
}

Result<DeviceAddress> DecodeAddress(ByteView octets) {
  Reader reader(octets);
  const uint8_t type = reader.U8();
  DeviceAddress address{.type = static_cast<AddressType>(type),
                        .octets = reader.Array<6>()};
  if (!reader.complete() || type > 1) return Corrupt("an invalid address");
  return address;
}

AttributeOctets EncodeAttributes(const Bond& bond) {
  const smp::BondData& data = bond.data;
  const auto bit = [](bool set, int position) {
    return (set ? 1 : 0) << position;
  };
  AttributeOctets octets = {
      kFormat,
      static_cast<uint8_t>(data.role),
      static_cast<uint8_t>(data.model),
      static_cast<uint8_t>(
          bit(data.security.authenticated, 0) |
          bit(data.security.secure_connections, 1) | bit(data.debug, 2) |
          bit(data.local_identity_sent, 3) | bit(bond.peer_lost_keys, 4)),
      data.security.key_size,
      static_cast<uint8_t>(bit(data.local_ltk.has_value(), 0) |
                           bit(data.peer_ltk.has_value(), 1) |
                           bit(data.peer_irk.has_value(), 2) |
                           bit(data.local_csrk.has_value(), 3) |
                           bit(data.peer_csrk.has_value(), 4))};
  for (size_t i = 0; i < 8; ++i) {
    octets[6 + i] = static_cast<uint8_t>(bond.created >> (8 * i));
  }
  return octets;
}

BondSecrets EncodeSecrets(const Bond& bond) {
  const smp::BondData& data = bond.data;
  BondSecrets secrets;
  SecretWriter writer(secrets.Fill());
  writer.LongTerm(data.local_ltk);
  writer.LongTerm(data.peer_ltk);
  writer.Key16(data.peer_irk);
  writer.Key16(data.local_csrk);
  writer.Key16(data.peer_csrk);
  writer.Integer(data.local_sign_counter, 4);
  writer.Integer(data.peer_sign_counter, 4);
  return secrets;
}

Result<void> DecodeBond(const RowView& row, const BondSecrets& secrets,
                        Bond& bond) {
  const Result<DeviceAddress> adapter = DecodeAddress(row.adapter);
  const Result<DeviceAddress> identity = DecodeAddress(row.identity);
  if (!adapter) return std::unexpected(adapter.error());
  if (!identity) return std::unexpected(identity.error());
  bond.adapter = *adapter;
  bond.data.identity = *identity;
  bond.generation = static_cast<uint64_t>(row.generation);
  bond.last_used = static_cast<uint64_t>(row.last_used);
  bond.name.assign(reinterpret_cast<const char*>(row.name.data()),
                   row.name.size());
  const Result<Attributes> attributes = DecodeAttributes(row.attributes, bond);
  if (!attributes) return std::unexpected(attributes.error());

  Reader reader(secrets.Reveal());
  const auto present = [&](int bit) {
    return (attributes->keys >> bit & 1) != 0;
  };
  smp::BondData& data = bond.data;
  FillIf(present(0), data.local_ltk, reader);
  FillIf(present(1), data.peer_ltk, reader);
  FillIf(present(2), data.peer_irk, reader);
  FillIf(present(3), data.local_csrk, reader);
  FillIf(present(4), data.peer_csrk, reader);
  data.local_sign_counter = reader.U32();
  data.peer_sign_counter = reader.U32();
  Result<void> valid = Validate(bond);
  if (!valid && !IsValidName(bond.name)) {
    // No seal keeps it whole; the keys do without.
    bond.name.clear();
    valid = Validate(bond);
  }
  if (!valid) return Corrupt(std::move(valid.error().message));
  return {};
}

IdentitySecrets EncodeIdentity(const LocalIdentity& identity) {
  IdentitySecrets secrets;
  SecretWriter writer(secrets.Fill());
  writer.Octets(identity.irk.Reveal());
  writer.Octets(EncodeAddress(identity.static_address));
  return secrets;
}

Result<LocalIdentity> DecodeIdentity(const IdentitySecrets& secrets) {
  Reader reader(secrets.Reveal());
  LocalIdentity identity;
  Fill(identity.irk, reader);
  const Result<DeviceAddress> address = DecodeAddress(reader.Rest());
  if (!address) return std::unexpected(address.error());
  identity.static_address = *address;
  if (identity.irk.IsZero() || !address->IsStaticRandom()) {
    return Corrupt("an identity that is none");
  }
  return identity;
}

}  // namespace bondd::bonds
