// The option dictionaries of the D-Bus API, parsed: an unknown key, a wrong
// type or a value out of range is InvalidArguments with the key's name.

#ifndef BONDD_DBUS_OPTIONS_H_
#define BONDD_DBUS_OPTIONS_H_

#include <string_view>

#include "dbus/operations.h"

namespace bondd::dbus {

// Two arguments of a method; the error names `key`.
ApiResult<DeviceAddress> ParseAddress(std::string_view address,
                                      std::string_view type);
ApiResult<BondRole> ParseBondRole(std::string_view role);
ApiResult<BondFormat> ParseBondFormat(std::string_view format);
ApiResult<PrivacyMode> ParsePrivacy(std::string_view mode);
// "" is KeyboardDisplay, as in BlueZ.
ApiResult<smp::IoCapability> ParseCapability(std::string_view capability);
// UTF-8 without control characters, at most 248 octets.
ApiResult<void> CheckBondName(std::string_view name);

ApiResult<smp::PairingOptions> ParsePairingOptions(const Dictionary& options);
// Without Passkey, Oob* and Agent.
ApiResult<smp::PairingOptions> ParsePairingDefaults(const Dictionary& options);
// Of an adapter: with Address, AddressType, Count and ForSeconds.
ApiResult<ArmOptions> ParseArmOptions(const Dictionary& options);
ApiResult<ConnectOptions> ParseConnectOptions(const Dictionary& options);
ApiResult<AdvertisingOptions> ParseAdvertisingOptions(
    const Dictionary& options);
ApiResult<ScanOptions> ParseScanOptions(const Dictionary& options);
ApiResult<EncryptionOptions> ParseEncryptionOptions(const Dictionary& options);
ApiResult<RepeatedAttemptsOptions> ParseRepeatedAttempts(
    const Dictionary& options);
ApiResult<ExportOptions> ParseExportOptions(const Dictionary& options);
ApiResult<ImportOptions> ParseImportOptions(const Dictionary& options);
// Of a method that knows none yet.
ApiResult<void> ParseNoOptions(const Dictionary& options);

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_OPTIONS_H_
