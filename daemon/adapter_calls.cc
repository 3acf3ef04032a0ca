// The calls of Adapter1 that need no link.

#include <utility>

#include "daemon/adapter.h"
#include "daemon/pairing_settings.h"

namespace bondd::daemon {

dbus::ApiResult<void> Adapter::Arm(const dbus::Caller& caller,
                                   dbus::ArmOptions options) {
  const auto oob = options.pairing.oob_id;
  if (oob && !oob_.Has(*oob, context_.now)) {
    return dbus::ApiFail("DoesNotExist", "OobId: no such OOB data");
  }
  smp::PairingOptions effective = options.pairing.Clone();
  effective.LayOver(Defaults());
  if (auto check = CheckSettings(effective, context_.config); !check) {
    return check;
  }
  if (effective.bonding.value_or(true)) {
    if (auto check = CheckTrusted(); !check) return check;
  }
  armed_.emplace(std::move(options), caller, context_.now);
  return {};
}

Armed* Adapter::ArmedFor(const DeviceAddress& on_air,
                         const DeviceAddress& identity) {
  if (!armed_ || armed_->Expired(context_.now)) return nullptr;
  return armed_->Covers(on_air, identity) ? &*armed_ : nullptr;
}

void Adapter::OnArmedPairingDone() {
  if (armed_ && armed_->Complete()) armed_.reset();
}

bool Adapter::TooManyPairings(const Link& besides) const {
  size_t running = 0;
  for (const auto& [id, link] : links_) {
    if (link.get() != &besides && link->pairing()) ++running;
  }
  return running >= context_.config.max_pairings;
}

dbus::ApiResult<void> Adapter::StartAdvertising(
    const dbus::AdvertisingOptions& options) {
  hci::AdvertisingParameters parameters;
  parameters.connectable = options.connectable;
  parameters.interval = options.interval;
  parameters.data =
      options.data.empty() ? MakeAdvertisingData(options.name) : options.data;
  const auto started =
      controller_->StartAdvertising(std::move(parameters), context_.now);
  if (!started) return std::unexpected(ErrorOf(started.error()));
  advertising_ = true;
  PublishSelf();
  return {};
}

void Adapter::StopAdvertising() {
  controller_->StopAdvertising(context_.now);
  advertising_ = false;
  PublishSelf();
}

dbus::ApiResult<void> Adapter::StartScan(const dbus::ScanOptions& options) {
  user_scan_ = true;
  active_scan_ = options.active;
  scan_until_.reset();
  if (options.duration) scan_until_ = context_.now + *options.duration;
  scan_results_.Clear();
  UpdateScan();
  if (!scanning_) {
    user_scan_ = false;
    scan_until_.reset();
    return dbus::ApiFail("NotReady", "the controller does not scan now");
  }
  PublishSelf();
  return {};
}

void Adapter::StopScan() {
  user_scan_ = false;
  scan_until_.reset();
  UpdateScan();
  PublishSelf();
}

std::vector<dbus::Dictionary> Adapter::GetScanResults() const {
  return scan_results_.List();
}

dbus::ApiResult<dbus::Dictionary> Adapter::GenerateOob(
    const dbus::Caller& caller, const dbus::GenerateOobOptions& options) {
  return oob_.Generate(caller, options, identity_->address, context_.random,
                       context_.key_pairs, context_.now);
}

void Adapter::SetPairable(bool pairable) {
  pairable_ = pairable;
  PublishSelf();
}

// What is not given stays as it is.
dbus::ApiResult<void> Adapter::SetRepeatedAttempts(
    const dbus::RepeatedAttemptsOptions& options) {
  smp::AttemptPolicy policy = attempts_.policy();
  policy.first = options.first.value_or(policy.first);
  policy.max = options.max.value_or(policy.max);
  policy.decay = options.decay.value_or(policy.decay);
  policy.exponent = options.exponent.value_or(policy.exponent);
  policy.max_attempts = options.max_attempts.value_or(policy.max_attempts);
  if (policy.max < policy.first) {
    return dbus::ApiFail("InvalidArguments", options.first
                                                 ? "First: is greater than Max"
                                                 : "Max: is less than First");
  }
  attempts_.SetPolicy(policy);
  PublishSelf();
  return {};
}

void Adapter::SetTrace(bool trace) {
  trace_ = trace;
  PublishSelf();
}

dbus::ApiResult<void> Adapter::SetPairingDefaults(smp::PairingOptions options) {
  smp::PairingOptions effective = options.Clone();
  effective.LayOver(context_.config.pairing);
  // The most capable agent stands for one that may come.
  const auto resolved =
      smp::Resolve(effective, smp::IoCapability::kKeyboardDisplay);
  if (!resolved) return dbus::ApiFail("NotAchievable", resolved.error());
  pairing_defaults_ = std::move(options);
  PublishSelf();
  return {};
}

smp::PairingOptions Adapter::Defaults() const {
  smp::PairingOptions options = pairing_defaults_.Clone();
  options.LayOver(context_.config.pairing);
  return options;
}

smp::Sources Adapter::sources() {
  return {context_.random, context_.key_pairs, *this};
}

// --- Agents and clients.

bool Adapter::OnAgentAnswer(dbus::QuestionId question,
                            dbus::AgentAnswer& answer) {
  for (const auto& [id, link] : links_) {
    if (link->question() != question) continue;
    link->OnAgentAnswer(std::move(answer));
    return true;
  }
  return false;
}

void Adapter::OnClientGone(const std::string& name) {
  if (armed_ && armed_->pairing().agent && armed_->caller().name == name) {
    armed_.reset();
  }
  for (const auto& [id, link] : links_) link->OnClientGone(name);
  std::vector<DeviceAddress> abandoned;
  auto& attempts = connector_.attempts();
  for (auto it = attempts.begin(); it != attempts.end();) {
    std::erase_if(it->waiters, [&](const Connector::Waiter& waiter) {
      return waiter.caller.name == name;
    });
    if (it->waiters.empty()) {
      if (!it->searching) abandoned.push_back(it->on_air);
      it = attempts.erase(it);
    } else {
      ++it;
    }
  }
  if (controller_) {
    for (const DeviceAddress& peer : abandoned) {
      controller_->CancelConnect(peer, context_.now);
    }
    if (ready_) UpdateScan();
  }
  for (auto& [serial, waiters] : encrypting_) {
    std::erase_if(waiters, [&](const Connector::Waiter& waiter) {
      return waiter.caller.name == name;
    });
  }
}

}  // namespace bondd::daemon
