#include "daemon/pairing_settings.h"

#include <utility>

namespace bondd::daemon {

dbus::ApiResult<smp::PairingParameters> SettingsOf(
    const smp::PairingOptions& options,
    std::optional<smp::IoCapability> agent_io_capability,
    const config::Config& config) {
  auto resolved = smp::Resolve(options, agent_io_capability);
  if (!resolved) return dbus::ApiFail("NotAchievable", resolved.error());
  smp::PairingParameters parameters = std::move(*resolved);
  parameters.fixed_passkey_allowed = config.allow_fixed_passkey;
  parameters.legacy_passkey_authenticated = config.legacy_passkey_authenticated;
  const bool display_only =
      parameters.io_capability == smp::IoCapability::kDisplayOnly ||
      parameters.io_capability == smp::IoCapability::kDisplayYesNo;
  if (parameters.passkey && display_only && !config.allow_fixed_passkey) {
    return dbus::ApiFail("NotAuthorized",
                         "Passkey: a fixed shown passkey needs "
                         "AllowFixedPasskey=yes in the configuration");
  }
  return parameters;
}

dbus::ApiResult<void> CheckSettings(const smp::PairingOptions& options,
                                    const config::Config& config) {
  smp::PairingOptions best = options.Clone();
  if (best.oob != smp::OobOption::kNo) best.oob = smp::OobOption::kYes;
  const auto settings =
      SettingsOf(best, smp::IoCapability::kKeyboardDisplay, config);
  if (!settings) return std::unexpected(settings.error());
  return {};
}

}  // namespace bondd::daemon
