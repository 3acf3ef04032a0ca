// The Security Manager's words in those of the D-Bus API: results, errors,
// prompts.

#ifndef BONDD_DAEMON_REPORT_H_
#define BONDD_DAEMON_REPORT_H_

#include <optional>
#include <string>

#include "bonds/bond.h"
#include "dbus/operations.h"
#include "smp/messages.h"
#include "smp/security_manager.h"

namespace bondd::daemon {

// The Result dictionary; `bond` is an object path, "/" for none.
dbus::Dictionary ResultOf(const smp::PairingReport& report,
                          const std::string& bond);
// The error that a failed pairing is reported with.
dbus::ApiError ErrorOf(const smp::PairingReport& report);
// One sentence for the log.
std::string DescribeOutcome(const smp::PairingReport& report);

// An error of the environment in the API's words.
dbus::ApiError ErrorOf(const Error& error);

// PairingDefaults, as far as they are set.
dbus::Dictionary DescribeOptions(const smp::PairingOptions& options);
dbus::Dictionary FeaturesOf(const smp::ConsentPrompt& prompt);
dbus::Dictionary FeaturesOf(const smp::PairingFeatures& features);
std::string PromptName(const smp::Prompt& prompt);
// The association model that asks; empty while none is settled.
std::string MethodName(const smp::Prompt& prompt);
std::string_view StateName(smp::PairingState state);

dbus::BondProperties PropertiesOf(const bonds::Bond& bond,
                                  const std::string& adapter);
dbus::Dictionary DescribeBond(const bonds::Bond& bond,
                              const std::string& adapter,
                              const std::string& path);
dbus::Dictionary DescribeSecurity(
    const std::optional<smp::SecurityProperties>& security);

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_REPORT_H_
