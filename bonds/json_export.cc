// Written by hand, not by the library: that would leave keys behind in memory.

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "bonds/export_formats.h"
#include "bonds/key_text.h"

namespace bondd::bonds {

namespace {

// One JSON object, member by member.
class ObjectWriter {
 public:
  ObjectWriter(WipedText& text, int depth)
      : text_(text), indent_(static_cast<size_t>(2 * depth), ' ') {
    text_ += "{";
  }

  void Member(std::string_view name, std::string_view value) {
    Begin(name);
    // Escapes what has to be; names of devices are free text.
    text_ += nlohmann::json(value).dump();
  }
  void Member(std::string_view name, bool value) {
    Begin(name);
    text_ += value ? "true" : "false";
  }
  void Member(std::string_view name, uint64_t value) {
    Begin(name);
    fmt::format_to(std::back_inserter(text_), "{}", value);
  }
  void Hex(std::string_view name, ByteView octets) {
    Begin(name);
    text_ += '"';
    AppendHex(text_, octets);
    text_ += '"';
  }
  // For a value that is written by somebody else.
  void Begin(std::string_view name) {
    text_ += first_ ? "\n" : ",\n";
    first_ = false;
    text_ += indent_;
    text_ += "  \"";
    text_ += name;
    text_ += "\": ";
  }
  void End() {
    text_ += '\n';
    text_ += indent_;
    text_ += '}';
  }

 private:
  WipedText& text_;
  std::string indent_;
  bool first_ = true;
};

void AppendLongTermKey(WipedText& text, const smp::LongTermKey& key) {
  ObjectWriter object(text, 3);
  object.Hex("key", key.ltk.Reveal());
  object.Member("ediv", uint64_t{key.ediv});
  Writer rand;
  rand.U64(key.rand);
  object.Hex("rand", rand.bytes());
  object.End();
}

void AppendSigningKey(WipedText& text, const smp::Csrk& key, uint32_t counter) {
  ObjectWriter object(text, 3);
  object.Hex("key", key.Reveal());
  object.Member("counter", uint64_t{counter});
  object.End();
}

void AppendBond(WipedText& text, const Bond& bond) {
  const smp::BondData& data = bond.data;
  ObjectWriter object(text, 2);
  object.Member("address", data.identity.ToString());
  object.Member("type", ToString(data.identity.type));
  object.Member("name", bond.name);
  object.Member("created", bond.created);
  object.Member("last_used", bond.last_used);
  object.Member("role", std::string_view(data.role == smp::Role::kInitiator
                                             ? "central"
                                             : "peripheral"));
  object.Member("method", ToString(data.model));
  object.Member("authenticated", data.security.authenticated);
  object.Member("secure_connections", data.security.secure_connections);
  object.Member("key_size", uint64_t{data.security.key_size});
  object.Member("debug", data.debug);
  object.Member("peer_lost_keys", bond.peer_lost_keys);
  object.Member("local_identity_sent", data.local_identity_sent);
  if (data.local_ltk) {
    object.Begin("local_ltk");
    AppendLongTermKey(text, *data.local_ltk);
  }
  if (data.peer_ltk) {
    object.Begin("peer_ltk");
    AppendLongTermKey(text, *data.peer_ltk);
  }
  if (data.peer_irk) object.Hex("peer_irk", data.peer_irk->Reveal());
  if (data.local_csrk) {
    object.Begin("local_csrk");
    AppendSigningKey(text, *data.local_csrk, data.local_sign_counter);
  }
  if (data.peer_csrk) {
    object.Begin("peer_csrk");
    AppendSigningKey(text, *data.peer_csrk, data.peer_sign_counter);
  }
  object.End();
}

}  // namespace

WipedText BondsAsJson(const ExportedBonds& bonds) {
  WipedText text;
  ObjectWriter root(text, 0);
  root.Member("format", std::string_view("bondd-bonds"));
  root.Member("version", uint64_t{1});
  root.Member("octets", std::string_view("least significant first"));
  root.Begin("adapter");
  {
    ObjectWriter adapter(text, 1);
    adapter.Member("address", bonds.adapter.ToString());
    adapter.Member("type", ToString(bonds.adapter.type));
    if (bonds.local_irk != nullptr) {
      adapter.Hex("irk", bonds.local_irk->Reveal());
    }
    adapter.End();
  }
  root.Begin("bonds");
  text += "[";
  for (size_t i = 0; i < bonds.bonds.size(); ++i) {
    text += i == 0 ? "\n    " : ",\n    ";
    AppendBond(text, bonds.bonds[i]);
  }
  text += bonds.bonds.empty() ? "]" : "\n  ]";
  root.End();
  text += '\n';
  return text;
}

}  // namespace bondd::bonds
