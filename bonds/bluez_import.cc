#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "bonds/import_formats.h"
#include "bonds/key_text.h"
#include "bonds/tar.h"
#include "smp/crypto.h"

namespace bondd::bonds {

namespace {

// Many times what bluetoothd writes there.
constexpr size_t kMaxInfoSize = 64 << 10;

std::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

// One info file: values by group and key, borrowed from the archive.
class InfoFile {
 public:
  static Result<InfoFile> Parse(std::string_view text) {
    if (text.size() > kMaxInfoSize) return Invalid("an info file this large");
    InfoFile file;
    std::string_view group;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || line.starts_with('#')) continue;
      if (line.starts_with('[') && line.ends_with(']')) {
        group = line.substr(1, line.size() - 2);
        file.groups_.insert(group);
        continue;
      }
      const size_t equals = line.find('=');
      if (equals == line.npos) return Invalid("a line that means nothing");
      std::string_view key = line.substr(0, equals);
      std::string_view value = line.substr(equals + 1);
      while (key.ends_with(' ')) key.remove_suffix(1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      file.values_[{group, key}] = value;
    }
    return file;
  }

  bool HasGroup(std::string_view group) const {
    return groups_.contains(group);
  }
  std::optional<std::string_view> Get(std::string_view group,
                                      std::string_view key) const {
    const auto value = values_.find({group, key});
    if (value == values_.end()) return std::nullopt;
    return value->second;
  }

 private:
  std::set<std::string_view> groups_;
  std::map<std::pair<std::string_view, std::string_view>, std::string_view>
      values_;
};

template <typename T>
Result<T> NumberOf(const InfoFile& file, std::string_view group,
                   std::string_view key) {
  const std::string_view text = file.Get(group, key).value_or("");
  T value = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, value);
  if (error != std::errc() || end != text_end) {
    return Invalid(
        fmt::format("[{}] {} is not a number that fits", group, key));
  }
  return value;
}

// Decimal, or, as very old files have it, its octets.
Result<uint64_t> RandOf(const InfoFile& file, std::string_view group) {
  const std::string_view text = file.Get(group, "Rand").value_or("");
  if (!text.starts_with("0x")) return NumberOf<uint64_t>(file, group, "Rand");
  std::array<uint8_t, 8> octets = {};
  if (!ParseHex(text.substr(2), octets)) {
    return Invalid(
        fmt::format("[{}] Rand is not 8 octets in hexadecimal", group));
  }
  return Reader(octets).U64();
}

template <typename Key>
Result<Key> KeyOf(const InfoFile& file, std::string_view group) {
  std::string_view text = file.Get(group, "Key").value_or("");
  // As very old files have it.
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::optional<Key> key = ParseKey<Key>(text);
  if (!key) {
    return Invalid(
        fmt::format("[{}] Key is not 16 octets in hexadecimal", group));
  }
  return std::move(*key);
}

// Puts what is the matter with the whole bond where it belongs: all LTKs of a
// bond are of one kind.
Result<smp::LongTermKey> LongTermKeyOf(const InfoFile& file,
                                       std::string_view group,
                                       smp::BondData& data) {
  auto ltk = KeyOf<smp::Ltk>(file, group);
  const auto type = NumberOf<uint8_t>(file, group, "Authenticated");
  const auto size = NumberOf<uint8_t>(file, group, "EncSize");
  const auto ediv = NumberOf<uint16_t>(file, group, "EDiv");
  const auto rand = RandOf(file, group);
  if (!ltk) return std::unexpected(std::move(ltk.error()));
  if (!type) return std::unexpected(type.error());
  if (!size) return std::unexpected(size.error());
  if (!ediv) return std::unexpected(ediv.error());
  if (!rand) return std::unexpected(rand.error());
  // The types of an LTK in the kernel's management interface.
  if (*type > 4) {
    return Invalid(fmt::format("[{}] Authenticated is not 0 to 4", group));
  }
  // The kernel keeps a peer's key as it came and cuts it when it uses it.
  if (*size <= smp::Ltk::kSize) smp::MaskToSize(ltk->Fill(), *size);
  data.security = {.authenticated = *type == 1 || *type == 3,
                   .secure_connections = *type >= 2,
                   .key_size = *size};
  data.debug = *type == 4;
  data.model = data.security.authenticated
                   ? smp::AssociationModel::kPasskeyEntry
                   : smp::AssociationModel::kJustWorks;
  return smp::LongTermKey{.ltk = std::move(*ltk), .ediv = *ediv, .rand = *rand};
}

Result<void> TakeLongTermKeys(const InfoFile& file, smp::BondData& data) {
  // The newer name of the peripheral's key goes before the older.
  for (const char* group :
       {"LongTermKey", "SlaveLongTermKey", "PeripheralLongTermKey"}) {
    if (!file.HasGroup(group)) continue;
    auto key = LongTermKeyOf(file, group, data);
    if (!key) return std::unexpected(std::move(key.error()));
    const bool central = std::string_view(group) == "LongTermKey";
    if (data.security.secure_connections) {
      data.local_ltk = key->Clone();
      data.peer_ltk = std::move(*key);
    } else if (central) {
      data.peer_ltk = std::move(*key);
    } else {
      data.local_ltk = std::move(*key);
    }
  }
  return {};
}

Result<void> TakeSigningKey(const InfoFile& file, std::string_view group,
                            std::optional<smp::Csrk>& key, uint32_t& counter) {
  if (!file.HasGroup(group)) return {};
  auto csrk = KeyOf<smp::Csrk>(file, group);
  if (!csrk) return std::unexpected(std::move(csrk.error()));
  const auto number = NumberOf<uint32_t>(file, group, "Counter");
  if (!number) return std::unexpected(number.error());
  key = std::move(*csrk);
  counter = *number;
  return {};
}

// GKeyFile's escapes.
std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    ++i;
    plain += text[i] == 's' ? ' ' : text[i];
  }
  return plain;
}

Result<Bond> BondOf(const InfoFile& file, const DeviceAddress& adapter,
                    const DeviceAddress& peer) {
  Bond bond;
  bond.adapter = adapter;
  smp::BondData& data = bond.data;
  data.identity = peer;
  if (auto taken = TakeLongTermKeys(file, data); !taken) {
    return std::unexpected(std::move(taken.error()));
  }
  if (file.HasGroup("IdentityResolvingKey")) {
    auto irk = KeyOf<smp::Irk>(file, "IdentityResolvingKey");
    if (!irk) return std::unexpected(std::move(irk.error()));
    // [Vol 3, Part H] 2.4.2.1: zeros stand for a device that has none.
    if (!irk->IsZero()) data.peer_irk = std::move(*irk);
  }
  auto signing = TakeSigningKey(file, "LocalSignatureKey", data.local_csrk,
                                data.local_sign_counter);
  if (signing) {
    signing = TakeSigningKey(file, "RemoteSignatureKey", data.peer_csrk,
                             data.peer_sign_counter);
  }
  if (!signing) return std::unexpected(std::move(signing.error()));
  const auto alias = file.Get("General", "Alias");
  const auto name = alias ? alias : file.Get("General", "Name");
  // A name that we could not show is no reason to refuse the keys.
  bond.name = Unescaped(name.value_or(""));
  if (!IsValidName(bond.name)) bond.name.clear();
  if (auto valid = Validate(bond); !valid) {
    return std::unexpected(std::move(valid.error()));
  }
  return bond;
}

bool HasLowEnergyKeys(const InfoFile& file) {
  return file.HasGroup("LongTermKey") || file.HasGroup("SlaveLongTermKey") ||
         file.HasGroup("PeripheralLongTermKey");
}

// Nothing is ever written there, but nobody means well by it.
bool LeadsUpwards(std::string_view path) {
  return path == ".." || path.starts_with("../") || path.ends_with("/..") ||
         path.find("/../") != path.npos;
}

// The peer of ".../ADAPTER/PEER/info", its type not known yet.
std::optional<DeviceAddress> PeerOf(std::string_view path,
                                    const DeviceAddress& adapter) {
  constexpr size_t kAddressLength = 17;
  constexpr std::string_view kEnd = "/info";
  if (!path.ends_with(kEnd)) return std::nullopt;
  path.remove_suffix(kEnd.size());
  if (path.size() < 2 * kAddressLength + 1) return std::nullopt;
  path = path.substr(path.size() - 2 * kAddressLength - 1);
  const auto owner =
      DeviceAddress::Parse(path.substr(0, kAddressLength), adapter.type);
  if (path[kAddressLength] != '/' || owner != adapter) return std::nullopt;
  return DeviceAddress::Parse(path.substr(kAddressLength + 1),
                              AddressType::kPublic);
}

}  // namespace

Result<std::vector<Bond>> BondsFromBlueZ(std::string_view archive,
                                         const DeviceAddress& adapter,
                                         const ImportTerms& terms) {
  const Result<std::vector<TarEntry>> entries = ReadTar(archive);
  if (!entries) return std::unexpected(entries.error());
  std::vector<Bond> bonds;
  std::set<DeviceAddress> peers;
  for (const TarEntry& entry : *entries) {
    if (terms.pause) {
      auto done = terms.pause();
      if (!done) return std::unexpected(std::move(done.error()));
    }
    if (LeadsUpwards(entry.path)) return Invalid("a path with .. in it");
    auto peer = PeerOf(entry.path, adapter);
    if (!peer) continue;
    const auto invalid = [&](std::string what) {
      return Invalid(fmt::format("{}: {}", peer->ToString(), what));
    };
    const Result<InfoFile> file = InfoFile::Parse(entry.content);
    if (!file) return invalid(file.error().message);
    if (!HasLowEnergyKeys(*file)) continue;
    if (file->Get("General", "AddressType") == "static") {
      peer->type = AddressType::kRandom;
    }
    Result<Bond> bond = BondOf(*file, adapter, *peer);
    if (!bond) return invalid(bond.error().message);
    if (!peers.insert(*peer).second) return invalid("the same peer again");
    if (bonds.size() >= terms.max_bonds) return TooManyBonds(terms);
    bonds.push_back(std::move(*bond));
  }
  if (bonds.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("there is no LE bond of the adapter {} in it",
                            adapter.ToString()));
  }
  return bonds;
}

}  // namespace bondd::bonds
