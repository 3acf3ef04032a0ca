// What D-Bus asks, carried to the adapter or link that it is about.

#include <utility>

#include "daemon/daemon.h"
#include "smp/prediction.h"

namespace bondd::daemon {

using dbus::ApiResult;
using dbus::Caller;
using dbus::CallId;
using dbus::ConnectionRef;
using dbus::Dictionary;

namespace {

dbus::ApiError NotSupportedYet(const char* what) {
  return {"NotSupported", what};
}

}  // namespace

ApiResult<Dictionary> Daemon::Predict(const smp::PairingOptions& local,
                                      const smp::PairingOptions& peer) {
  auto ours = smp::Resolve(local, std::nullopt);
  if (!ours) return dbus::ApiFail("NotAchievable", "local: " + ours.error());
  const auto theirs = smp::Resolve(peer, std::nullopt);
  if (!theirs) return dbus::ApiFail("NotAchievable", "peer: " + theirs.error());
  ours->legacy_passkey_authenticated =
      options_.config.legacy_passkey_authenticated;
  const auto prediction = smp::Predict(*ours, *theirs);
  if (!prediction) {
    const auto& [detector, reason] = prediction.error();
    const bool here = detector == smp::Role::kInitiator;
    return Dictionary{{"Status", std::string("failed")},
                      {"Reason", std::to_underlying(reason)},
                      {"ReasonName", std::string(ToString(reason))},
                      {"Side", std::string(here ? "local" : "remote")}};
  }
  const auto& [negotiated, security] = *prediction;
  return Dictionary{
      {"Status", std::string("ok")},
      {"Method", std::string(ToString(negotiated.association.model))},
      {"SecureConnections", security.secure_connections},
      {"Authenticated", security.authenticated},
      {"KeySize", security.key_size},
      {"SecurityLevel", security.Level()},
      {"InitiatorKeys", ToStrings(negotiated.initiator_keys)},
      {"ResponderKeys", ToStrings(negotiated.responder_keys)}};
}

// --- Adapter1

void Daemon::Connect(CallId call, const Caller& caller,
                     const std::string& adapter, const DeviceAddress& peer,
                     const dbus::ConnectOptions& options) {
  Find(adapter).Connect(call, caller, peer, options);
}

void Daemon::InitiatePairing(CallId call, const Caller& caller,
                             const std::string& adapter,
                             const DeviceAddress& peer,
                             smp::PairingOptions options) {
  Find(adapter).InitiatePairing(call, caller, peer, std::move(options));
}

void Daemon::RemoveBonding(CallId call, const std::string& adapter,
                           const DeviceAddress& peer) {
  Find(adapter).RemoveBonding(call, peer);
}

void Daemon::RemoveAllBonds(CallId call, const std::string& adapter) {
  Find(adapter).RemoveAllBonds(call);
}

void Daemon::Trust(CallId call, const Caller& caller,
                   const std::string& adapter) {
  Find(adapter).Trust(call, caller);
}

void Daemon::ExportBonds(CallId call, const Caller&, const std::string& adapter,
                         UniqueFd fd, dbus::BondFormat format,
                         const dbus::ExportOptions& options) {
  Find(adapter).ExportBonds(call, std::move(fd), format, options);
}

void Daemon::ImportBonds(CallId call, const Caller&, const std::string& adapter,
                         UniqueFd fd, dbus::BondFormat format,
                         const dbus::ImportOptions& options) {
  Find(adapter).ImportBonds(call, std::move(fd), format, options);
}

ApiResult<void> Daemon::AcceptPairing(const Caller& caller,
                                      const std::string& adapter,
                                      dbus::ArmOptions options) {
  return Find(adapter).Arm(caller, std::move(options));
}

ApiResult<void> Daemon::CancelAcceptPairing(const Caller&,
                                            const std::string& adapter) {
  Find(adapter).Disarm();
  return {};
}

ApiResult<void> Daemon::StartAdvertising(
    const std::string& adapter, const dbus::AdvertisingOptions& options) {
  return Find(adapter).StartAdvertising(options);
}

ApiResult<void> Daemon::StopAdvertising(const std::string& adapter) {
  Find(adapter).StopAdvertising();
  return {};
}

ApiResult<void> Daemon::StartScan(const std::string& adapter,
                                  const dbus::ScanOptions& options) {
  return Find(adapter).StartScan(options);
}

ApiResult<void> Daemon::StopScan(const std::string& adapter) {
  Find(adapter).StopScan();
  return {};
}

std::vector<Dictionary> Daemon::GetScanResults(const std::string& adapter) {
  return Find(adapter).GetScanResults();
}

bool Daemon::IsDeviceBonded(const std::string& adapter,
                            const DeviceAddress& peer, dbus::BondRole role) {
  return Find(adapter).IsDeviceBonded(peer, role);
}

ApiResult<std::string> Daemon::FindBond(const std::string& adapter,
                                        const DeviceAddress& peer) {
  return Find(adapter).PublishBond(peer);
}

std::vector<Dictionary> Daemon::ListBonds(const std::string& adapter,
                                          uint32_t offset, uint32_t limit) {
  return Find(adapter).ListBonds(offset, limit);
}

ApiResult<void> Daemon::SetPairable(const std::string& adapter, bool pairable) {
  Find(adapter).SetPairable(pairable);
  return {};
}

ApiResult<void> Daemon::SetTrace(const std::string& adapter, bool trace) {
  Find(adapter).SetTrace(trace);
  return {};
}

ApiResult<void> Daemon::SetPairingDefaults(const std::string& adapter,
                                           smp::PairingOptions options) {
  return Find(adapter).SetPairingDefaults(std::move(options));
}

ApiResult<void> Daemon::SetPrivacy(const std::string&, dbus::PrivacyMode mode) {
  if (mode == dbus::PrivacyMode::kOff) return {};
  return std::unexpected(NotSupportedYet("Privacy other than off"));
}

ApiResult<void> Daemon::SetRepeatedAttempts(
    const std::string& adapter, const dbus::RepeatedAttemptsOptions& options) {
  return Find(adapter).SetRepeatedAttempts(options);
}

ApiResult<Dictionary> Daemon::GenerateOob(
    const Caller& caller, const std::string& adapter,
    const dbus::GenerateOobOptions& options) {
  return Find(adapter).GenerateOob(caller, options);
}

ApiResult<void> Daemon::ReleaseOob(const Caller& caller,
                                   const std::string& adapter, uint32_t id) {
  return Find(adapter).oob().Release(caller, id);
}

ApiResult<void> Daemon::SetRemoteOob(const Caller& caller,
                                     const std::string& adapter,
                                     const DeviceAddress& peer,
                                     dbus::OobData data) {
  return Find(adapter).oob().SetRemote(caller, peer, std::move(data));
}

ApiResult<void> Daemon::ClearRemoteOob(const Caller& caller,
                                       const std::string& adapter,
                                       const DeviceAddress& peer) {
  return Find(adapter).oob().ClearRemote(caller, peer);
}

// --- Connection1

void Daemon::InitiatePairing(CallId call, const Caller& caller,
                             const ConnectionRef& connection,
                             smp::PairingOptions options) {
  Find(connection).InitiatePairing(call, caller, std::move(options));
}

void Daemon::SendSecurityRequest(CallId call, const Caller& caller,
                                 const ConnectionRef& connection,
                                 smp::PairingOptions options) {
  Find(connection).SendSecurityRequest(call, caller, std::move(options));
}

void Daemon::InitiateEncryption(CallId call, const Caller&,
                                const ConnectionRef& connection,
                                dbus::EncryptionOptions options) {
  Find(connection).InitiateEncryption(call, options);
}

void Daemon::Disconnect(CallId call, const ConnectionRef& connection) {
  Find(connection).Disconnect(call);
}

ApiResult<void> Daemon::AcceptPairing(const Caller& caller,
                                      const ConnectionRef& connection,
                                      dbus::ArmOptions options) {
  return Find(connection).Arm(caller, std::move(options));
}

ApiResult<void> Daemon::SetPasskey(const Caller& caller,
                                   const ConnectionRef& connection,
                                   uint32_t passkey) {
  return Find(connection).SetPasskey(caller, passkey);
}

ApiResult<void> Daemon::PasskeyNegativeReply(const Caller& caller,
                                             const ConnectionRef& connection) {
  return Find(connection).PasskeyNegativeReply(caller);
}

ApiResult<void> Daemon::ConfirmNumber(const Caller& caller,
                                      const ConnectionRef& connection,
                                      bool equal) {
  return Find(connection).ConfirmNumber(caller, equal);
}

ApiResult<void> Daemon::AcceptRequest(const Caller& caller,
                                      const ConnectionRef& connection,
                                      smp::PairingOptions options) {
  return Find(connection).AcceptRequest(caller, std::move(options));
}

ApiResult<void> Daemon::RejectRequest(const Caller& caller,
                                      const ConnectionRef& connection,
                                      smp::PairingFailedReason reason) {
  return Find(connection).RejectRequest(caller, reason);
}

ApiResult<void> Daemon::SetOob(const Caller& caller,
                               const ConnectionRef& connection,
                               smp::PeerOobData data) {
  return Find(connection).SetOob(caller, std::move(data));
}

ApiResult<void> Daemon::SetOobLegacy(const Caller& caller,
                                     const ConnectionRef& connection,
                                     smp::Tk tk) {
  return Find(connection).SetOobLegacy(caller, std::move(tk));
}

ApiResult<Dictionary> Daemon::GetPrompt(const Caller& caller,
                                        const ConnectionRef& connection) {
  return Find(connection).GetPrompt(caller);
}

ApiResult<void> Daemon::SendKeypress(const Caller& caller,
                                     const ConnectionRef& connection,
                                     smp::KeypressType type) {
  return Find(connection).SendKeypress(caller, type);
}

ApiResult<void> Daemon::CancelPairing(const Caller& caller,
                                      const ConnectionRef& connection) {
  return Find(connection).CancelPairing(caller);
}

// --- Bond1, agents and clients

ApiResult<void> Daemon::SetBondName(const std::string& adapter,
                                    const DeviceAddress& identity,
                                    const std::string& name) {
  return Find(adapter).SetBondName(identity, name);
}

void Daemon::OnAgentAnswer(dbus::QuestionId question,
                           dbus::AgentAnswer answer) {
  for (const auto& adapter : adapters_) {
    if (adapter->OnAgentAnswer(question, answer)) return;
  }
}

void Daemon::OnClientGone(const std::string& name) {
  for (const auto& adapter : adapters_) adapter->OnClientGone(name);
}

}  // namespace bondd::daemon
