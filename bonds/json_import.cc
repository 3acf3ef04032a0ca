#include <fmt/format.h>

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "bonds/import_formats.h"
#include "bonds/json_source.h"
#include "bonds/key_text.h"
#include "bonds/wiped_text.h"

namespace bondd::bonds {

namespace {

using nlohmann::json;

// No member of ours is longer, or has as many siblings: what somebody sends
// takes up no more memory than the bonds in it.
constexpr size_t kMaxTextSize = 1024;
constexpr size_t kMaxMembers = 64;

using Value = std::variant<WipedText, uint64_t, bool>;

std::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

// A member's name, unless somebody put something else there, such as a key.
std::string Shown(const std::string& name) {
  constexpr size_t kMaxShown = 64;
  const bool fit =
      !name.empty() && name.size() <= kMaxShown &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == name.npos;
  return fit ? name : "a member";
}

// One object with the objects in it, as "member" and "member.member". Members
// are taken out one after the other; the first thing wrong is kept, and so is
// what nobody took.
class Members {
 public:
  bool Put(std::string name, Value value) {
    if (values_.size() >= kMaxMembers) return false;
    return values_.emplace(std::move(name), std::move(value)).second;
  }

  template <typename T>
  std::optional<T> Take(const std::string& name) {
    const auto value = values_.find(name);
    if (value == values_.end()) return std::nullopt;
    auto* const typed = std::get_if<T>(&value->second);
    std::optional<T> taken;
    if (typed != nullptr) {
      taken = std::move(*typed);
    } else {
      Blame(name, "has the wrong type");
    }
    values_.erase(value);
    return taken;
  }
  template <typename T>
  T Require(const std::string& name) {
    std::optional<T> value = Take<T>(name);
    if (!value) Blame(name, "is missing");
    return std::move(value).value_or(T());
  }

  uint64_t Number(const std::string& name, uint64_t greatest) {
    const uint64_t value = Require<uint64_t>(name);
    if (value > greatest) Blame(name, "is too large");
    return value;
  }
  template <typename Key>
  Key KeyOf(const std::string& name, const WipedText& text) {
    std::optional<Key> key = ParseKey<Key>(text);
    if (!key) {
      Blame(name, fmt::format("is not {} octets in hexadecimal", Key::kSize));
    }
    return std::move(key).value_or(Key());
  }
  bool Has(const std::string& name) const { return values_.contains(name); }

  void Blame(const std::string& name, std::string_view what) {
    if (!problem_) problem_ = fmt::format("{} {}", Shown(name), what);
  }
  // What is wrong, or a member that nobody knows.
  std::optional<std::string> Problem() const {
    if (problem_ || values_.empty()) return problem_;
    return fmt::format("{} is unknown", Shown(values_.begin()->first));
  }

 private:
  std::map<std::string, Value> values_;
  std::optional<std::string> problem_;
};

DeviceAddress TakeAddress(Members& members, const std::string& prefix) {
  const WipedText text = members.Require<WipedText>(prefix + "address");
  const auto type =
      ParseAddressType(members.Require<WipedText>(prefix + "type"));
  if (!type) members.Blame(prefix + "type", "is not public or random");
  const auto address =
      DeviceAddress::Parse(text, type.value_or(AddressType::kPublic));
  if (!address) {
    members.Blame(prefix + "address", "is not of the form AA:BB:CC:DD:EE:FF");
  }
  return address.value_or(DeviceAddress{});
}

std::optional<smp::LongTermKey> TakeLongTermKey(Members& members,
                                                const std::string& name) {
  auto key = members.Take<WipedText>(name + ".key");
  if (!key) return std::nullopt;
  using Rand = Secret<struct RandTag, 8>;
  const Rand rand = members.KeyOf<Rand>(
      name + ".rand", members.Require<WipedText>(name + ".rand"));
  return smp::LongTermKey{
      .ltk = members.KeyOf<smp::Ltk>(name + ".key", *key),
      .ediv = static_cast<uint16_t>(
          members.Number(name + ".ediv", std::numeric_limits<uint16_t>::max())),
      .rand = Reader(rand.Reveal()).U64()};
}

std::optional<smp::Csrk> TakeSigningKey(Members& members,
                                        const std::string& name,
                                        uint32_t& counter) {
  auto key = members.Take<WipedText>(name + ".key");
  if (!key) return std::nullopt;
  counter = static_cast<uint32_t>(
      members.Number(name + ".counter", std::numeric_limits<uint32_t>::max()));
  return members.KeyOf<smp::Csrk>(name + ".key", *key);
}

smp::Role TakeRole(Members& members) {
  const WipedText role = members.Require<WipedText>("role");
  if (role != "central" && role != "peripheral") {
    members.Blame("role", "is not central or peripheral");
  }
  return role == "peripheral" ? smp::Role::kResponder : smp::Role::kInitiator;
}

Result<Bond> BondOf(Members members, const DeviceAddress& adapter) {
  Bond bond;
  bond.adapter = adapter;
  smp::BondData& data = bond.data;
  data.identity = TakeAddress(members, "");
  data.role = TakeRole(members);
  const auto model =
      smp::ParseAssociationModel(members.Require<WipedText>("method"));
  if (!model) members.Blame("method", "is no association model");
  data.model = model.value_or(smp::AssociationModel::kJustWorks);
  data.security = {
      .authenticated = members.Require<bool>("authenticated"),
      .secure_connections = members.Require<bool>("secure_connections"),
      .key_size = static_cast<uint8_t>(members.Number("key_size", 16))};
  data.debug = members.Take<bool>("debug").value_or(false);
  data.local_identity_sent =
      members.Take<bool>("local_identity_sent").value_or(false);
  bond.peer_lost_keys = members.Take<bool>("peer_lost_keys").value_or(false);
  bond.created = members.Take<uint64_t>("created").value_or(0);
  bond.last_used = members.Take<uint64_t>("last_used").value_or(0);
  bond.name = members.Take<WipedText>("name").value_or(WipedText());
  data.local_ltk = TakeLongTermKey(members, "local_ltk");
  data.peer_ltk = TakeLongTermKey(members, "peer_ltk");
  if (auto irk = members.Take<WipedText>("peer_irk")) {
    data.peer_irk = members.KeyOf<smp::Irk>("peer_irk", *irk);
  }
  data.local_csrk =
      TakeSigningKey(members, "local_csrk", data.local_sign_counter);
  data.peer_csrk = TakeSigningKey(members, "peer_csrk", data.peer_sign_counter);
  if (auto problem = members.Problem()) return Invalid(std::move(*problem));
  if (auto valid = Validate(bond); !valid) {
    return std::unexpected(std::move(valid.error()));
  }
  return bond;
}

// Takes the text as it is read, so that nothing is kept but bonds. Returning
// false ends the reading; why is in problem_ then.
class BondsHandler final : public nlohmann::json_sax<json> {
 public:
  BondsHandler(const DeviceAddress& adapter, const ImportTerms& terms,
               JsonSource& source)
      : adapter_(adapter), terms_(terms), source_(source) {}

  bool null() override { return Stop("null has no meaning here"); }
  bool boolean(bool value) override { return Scalar(value); }
  bool number_integer(number_integer_t) override {
    return Stop("a number is negative");
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Scalar(uint64_t{value});
  }
  bool number_float(number_float_t, const string_t&) override {
    return Stop("a number is not whole, or too large");
  }
  // What is not hidden from the parser has escapes or is beyond ASCII, and may
  // stay in its memory: no key needs either.
  bool string(string_t& value) override {
    const std::string_view text = source_.TakeHidden().value_or(value);
    if (text.size() > kMaxTextSize) return Stop("a text is too long");
    return Scalar(WipedText(text));
  }
  bool binary(binary_t&) override { return Stop("no binary values"); }

  bool start_object(size_t) override {
    switch (place_) {
      case Place::kOutside:
        return Enter(Place::kRoot);
      case Place::kRoot:
        return key_ == "adapter" ? Enter(Place::kAdapter) : Unexpected();
      case Place::kBonds:
        if (bonds_.size() >= terms_.max_bonds) {
          return StopFor(TooManyBonds(terms_).error());
        }
        bond_ = Members();
        return Enter(Place::kBond);
      case Place::kBond:
        inner_ = key_ + ".";
        return Enter(Place::kInner);
      default:
        return Unexpected();
    }
  }
  bool end_object() override {
    switch (place_) {
      case Place::kInner:
        inner_.clear();
        return Enter(Place::kBond);
      case Place::kBond:
        return Enter(Place::kBonds) && FinishBond();
      case Place::kAdapter:
        return Enter(Place::kRoot);
      default:
        return Enter(Place::kOutside);
    }
  }
  bool start_array(size_t) override {
    if (place_ != Place::kRoot || key_ != "bonds" || saw_bonds_) {
      return Unexpected();
    }
    saw_bonds_ = true;
    return Enter(Place::kBonds);
  }
  bool end_array() override { return Enter(Place::kRoot); }
  bool key(string_t& value) override {
    const std::string_view name = source_.TakeHidden().value_or(value);
    if (name.size() > kMaxTextSize) return Stop("a name is too long");
    key_ = name;
    return true;
  }

  // The library's own words quote the text, which may be a key.
  bool parse_error(size_t, const std::string&,
                   const nlohmann::detail::exception&) override {
    const std::optional<Error>& obstacle = source_.obstacle();
    if (!obstacle) {
      return Stop(fmt::format("no JSON at octet {}", source_.position()));
    }
    if (obstacle->code != ErrorCode::kInvalidArgument) {
      return StopFor(*obstacle);
    }
    return Stop(obstacle->message);
  }

  Result<std::vector<Bond>> Finish() && {
    if (problem_) return std::unexpected(std::move(*problem_));
    if (root_.Require<WipedText>("format") != "bondd-bonds") {
      root_.Blame("format", "is not \"bondd-bonds\"");
    }
    if (root_.Require<uint64_t>("version") != 1) {
      root_.Blame("version", "is not 1");
    }
    if (root_.Require<WipedText>("octets") != "least significant first") {
      root_.Blame("octets", "is not \"least significant first\"");
    }
    const DeviceAddress adapter = TakeAddress(root_, "adapter.");
    root_.Take<WipedText>("adapter.irk");
    if (!saw_bonds_) root_.Blame("bonds", "is missing");
    if (auto problem = root_.Problem()) return Invalid(std::move(*problem));
    if (adapter != adapter_) {
      return Invalid(fmt::format(
          "the bonds are of the adapter {} ({}), and no use to another",
          adapter.ToString(), ToString(adapter.type)));
    }
    return std::move(bonds_);
  }

 private:
  enum class Place { kOutside, kRoot, kAdapter, kBonds, kBond, kInner };

  bool Stop(std::string what) {
    if (place_ == Place::kBond || place_ == Place::kInner) {
      what = fmt::format("bonds[{}]: {}: {}", bonds_.size(),
                         Shown(inner_ + key_), what);
    }
    return StopFor({ErrorCode::kInvalidArgument, std::move(what)});
  }
  bool StopFor(Error problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool Unexpected() {
    return Stop(fmt::format("{} is unexpected", Shown(key_)));
  }
  bool Enter(Place place) {
    place_ = place;
    return true;
  }

  bool Scalar(Value value) {
    bool put = false;
    switch (place_) {
      case Place::kRoot:
        put = root_.Put(key_, std::move(value));
        break;
      case Place::kAdapter:
        put = root_.Put("adapter." + key_, std::move(value));
        break;
      case Place::kBond:
      case Place::kInner:
        put = bond_.Put(inner_ + key_, std::move(value));
        break;
      default:
        return Unexpected();
    }
    return put || Stop("is there twice, or there are too many");
  }

  bool FinishBond() {
    const std::string place = fmt::format("bonds[{}]: ", bonds_.size());
    Result<Bond> bond = BondOf(std::exchange(bond_, Members()), adapter_);
    if (!bond) return Stop(place + bond.error().message);
    if (!identities_.insert(bond->data.identity).second) {
      return Stop(place + "the same peer again");
    }
    bonds_.push_back(std::move(*bond));
    return true;
  }

  const DeviceAddress adapter_;
  const ImportTerms& terms_;
  JsonSource& source_;
  Place place_ = Place::kOutside;
  std::string key_;    // the member that is being read
  std::string inner_;  // "local_ltk." while inside of it
  Members root_;
  Members bond_;
  bool saw_bonds_ = false;
  std::vector<Bond> bonds_;
  std::set<DeviceAddress> identities_;
  std::optional<Error> problem_;
};

}  // namespace

Result<std::vector<Bond>> BondsFromJson(std::string_view text,
                                        const DeviceAddress& adapter,
                                        const ImportTerms& terms) {
  JsonSource source(text, terms.pause);
  BondsHandler handler(adapter, terms, source);
  json::sax_parse(source.begin(), JsonSource::end(), &handler);
  return std::move(handler).Finish();
}

}  // namespace bondd::bonds
