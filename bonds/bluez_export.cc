// What bluetoothd 5.66 and later keep, as they write it.

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "bonds/export_formats.h"
#include "bonds/key_text.h"
#include "bonds/tar.h"

namespace bondd::bonds {

namespace {

// The types of an LTK in the kernel's management interface.
int KeyTypeOf(const smp::BondData& data) {
  if (data.security.secure_connections) {
    if (data.debug) return 4;
    return data.security.authenticated ? 3 : 2;
  }
  return data.security.authenticated ? 1 : 0;
}

void AppendLongTermKey(WipedText& text, std::string_view group,
                       const smp::BondData& data, const smp::LongTermKey& key) {
  fmt::format_to(std::back_inserter(text), "\n[{}]\nKey=", group);
  AppendHex(text, key.ltk.Reveal(), LetterCase::kUpper);
  fmt::format_to(std::back_inserter(text),
                 "\nAuthenticated={}\nEncSize={}\nEDiv={}\nRand={}\n",
                 KeyTypeOf(data), data.security.key_size, key.ediv, key.rand);
}

void AppendSigningKey(WipedText& text, std::string_view group,
                      const smp::BondData& data, const smp::Csrk& key,
                      uint32_t counter) {
  fmt::format_to(std::back_inserter(text), "\n[{}]\nKey=", group);
  AppendHex(text, key.Reveal(), LetterCase::kUpper);
  fmt::format_to(std::back_inserter(text), "\nCounter={}\nAuthenticated={}\n",
                 counter, data.security.authenticated);
}

// GKeyFile's escapes; there are no control characters in names.
void AppendValue(WipedText& text, std::string_view value) {
  const size_t first = value.find_first_not_of(' ');
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ' ' && i < first) {
      text += "\\s";
    } else if (value[i] == '\\') {
      text += "\\\\";
    } else {
      text += value[i];
    }
  }
}

WipedText InfoOf(const Bond& bond) {
  const smp::BondData& data = bond.data;
  WipedText text;
  text += "[General]\n";
  if (!bond.name.empty()) {
    text += "Name=";
    AppendValue(text, bond.name);
    text += '\n';
  }
  fmt::format_to(
      std::back_inserter(text),
      "AddressType={}\nSupportedTechnologies=LE;\n"
      "Trusted=false\nBlocked=false\n",
      data.identity.type == AddressType::kPublic ? "public" : "static");
  if (data.peer_irk) {
    text += "\n[IdentityResolvingKey]\nKey=";
    AppendHex(text, data.peer_irk->Reveal(), LetterCase::kUpper);
    text += '\n';
  }
  // As central bluetoothd encrypts with the first, as peripheral with the
  // others, of which it read but one of these names at a time. The one key of
  // Secure Connections, which serves both, it keeps as peripheral's.
  if (data.peer_ltk && !data.security.secure_connections) {
    AppendLongTermKey(text, "LongTermKey", data, *data.peer_ltk);
  }
  const auto& peripheral = data.local_ltk || !data.security.secure_connections
                               ? data.local_ltk
                               : data.peer_ltk;
  if (peripheral) {
    AppendLongTermKey(text, "PeripheralLongTermKey", data, *peripheral);
    AppendLongTermKey(text, "SlaveLongTermKey", data, *peripheral);
  }
  if (data.local_csrk) {
    AppendSigningKey(text, "LocalSignatureKey", data, *data.local_csrk,
                     data.local_sign_counter);
  }
  if (data.peer_csrk) {
    AppendSigningKey(text, "RemoteSignatureKey", data, *data.peer_csrk,
                     data.peer_sign_counter);
  }
  return text;
}

}  // namespace

WipedText BondsAsBlueZ(const ExportedBonds& bonds) {
  WipedText archive;
  const std::string folder = bonds.adapter.ToString();
  if (bonds.local_irk != nullptr) {
    WipedText identity("[General]\nIdentityResolvingKey=");
    AppendHex(identity, bonds.local_irk->Reveal());
    identity += '\n';
    AppendTarFile(archive, folder + "/identity", identity);
  }
  for (const Bond& bond : bonds.bonds) {
    const DeviceAddress& peer = bond.data.identity;
    if (!peer.IsIdentity()) continue;
    AppendTarFile(archive, fmt::format("{}/{}/info", folder, peer.ToString()),
                  InfoOf(bond));
  }
  FinishTar(archive);
  return archive;
}

}  // namespace bondd::bonds
