// One key a line, in the form that the toolbars of Wireshark's sniffer plug-ins
// take: its dissectors themselves have no place for keys of LE links.

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "bonds/export_formats.h"
#include "bonds/key_text.h"

namespace bondd::bonds {

namespace {

void AppendKey(WipedText& text, const DeviceAddress& owner,
               std::string_view kind, ByteView key) {
  fmt::format_to(std::back_inserter(text), "{} {} {} 0x", owner.ToString(),
                 ToString(owner.type), kind);
  AppendReversedHex(text, key);
  text += '\n';
}

}  // namespace

WipedText BondsAsWireshark(const ExportedBonds& bonds) {
  WipedText text(
      "# peer type kind key (most significant octet first)\n"
      "# For the toolbar of a Bluetooth LE sniffer in Wireshark: as Key "
      "choose\n"
      "# \"SC LTK\", \"Legacy LTK\" or \"IRK\", and put the last column into "
      "Value;\n"
      "# \"Add LE address\" takes the first two. Legacy pairing gives two "
      "keys:\n"
      "# OURS encrypts while this side is the peripheral, PEERS while the peer "
      "is.\n");
  if (bonds.local_irk != nullptr) {
    AppendKey(text, bonds.adapter, "IRK", bonds.local_irk->Reveal());
  }
  for (const Bond& bond : bonds.bonds) {
    const smp::BondData& data = bond.data;
    const DeviceAddress& peer = data.identity;
    if (data.security.secure_connections) {
      const auto& key = data.local_ltk ? data.local_ltk : data.peer_ltk;
      if (key) AppendKey(text, peer, "SC_LTK", key->ltk.Reveal());
    } else {
      if (data.local_ltk) {
        AppendKey(text, peer, "LEGACY_LTK_OURS", data.local_ltk->ltk.Reveal());
      }
      if (data.peer_ltk) {
        AppendKey(text, peer, "LEGACY_LTK_PEERS", data.peer_ltk->ltk.Reveal());
      }
    }
    if (data.peer_irk) AppendKey(text, peer, "IRK", data.peer_irk->Reveal());
  }
  return text;
}

}  // namespace bondd::bonds
