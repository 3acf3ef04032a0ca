// Options of a pairing, complete, and as far as the configuration allows them.

#ifndef BONDD_DAEMON_PAIRING_SETTINGS_H_
#define BONDD_DAEMON_PAIRING_SETTINGS_H_

#include <optional>

#include "config/config.h"
#include "dbus/operations.h"
#include "smp/pairing_options.h"

namespace bondd::daemon {

// smp::Resolve() with what only the configuration says. NotAchievable for
// options that contradict each other, NotAuthorized for a shown passkey.
dbus::ApiResult<smp::PairingParameters> SettingsOf(
    const smp::PairingOptions& options,
    std::optional<smp::IoCapability> agent_io_capability,
    const config::Config& config);

// The same errors for a pairing yet to come, whose agent and OOB data nobody
// knows: only of what no agent and no data can help.
dbus::ApiResult<void> CheckSettings(const smp::PairingOptions& options,
                                    const config::Config& config);

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_PAIRING_SETTINGS_H_
