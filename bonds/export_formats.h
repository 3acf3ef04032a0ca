// Bonds as texts for others to read. See bonds/README.md for what is in them.

#ifndef BONDD_BONDS_EXPORT_FORMATS_H_
#define BONDD_BONDS_EXPORT_FORMATS_H_

#include <optional>
#include <span>

#include "bonds/bond.h"
#include "bonds/wiped_text.h"
#include "common/device_address.h"
#include "smp/keys.h"

namespace bondd::bonds {

struct ExportedBonds {
  DeviceAddress adapter;
  const smp::Irk* local_irk = nullptr;  // the adapter's own, if it is wanted
  std::span<const Bond> bonds;          // all of this adapter
};

WipedText BondsAsJson(const ExportedBonds& bonds);
// A tar archive with ADAPTER/PEER/info for each bond, and ADAPTER/identity with
// the local IRK. bluetoothd has no place for peers without an identity address:
// their bonds are left out.
WipedText BondsAsBlueZ(const ExportedBonds& bonds);
WipedText BondsAsWireshark(const ExportedBonds& bonds);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_EXPORT_FORMATS_H_
