// The daemon: owns the store, the bus, the simulated air and the adapters, and
// gives each its turn.
//
// The event loop (or a test, in virtual time) calls Turn() whenever a
// descriptor is ready or the deadline has come.

#ifndef BONDD_DAEMON_DAEMON_H_
#define BONDD_DAEMON_DAEMON_H_

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/adapter.h"
#include "daemon/context.h"
#include "daemon/journal.h"
#include "daemon/sources.h"
#include "daemon/transport_factory.h"
#include "dbus/service.h"
#include "hci/management.h"
#include "sim/air.h"
#include "sim/h4_server.h"

namespace bondd::daemon {

struct DaemonOptions {
  config::Config config;
  std::vector<std::string> sim_listen;  // paths
  dbus::BusOptions bus;
  std::filesystem::path state_directory;
  std::filesystem::path credentials;  // of systemd; empty = none
  bool wait = true;                   // for adapters that are absent
};

class Daemon : private dbus::Operations {
 public:
  // Opens the store, connects to the bus, opens the adapters, owns the name.
  // With `wait` off, an adapter that is not there is an error.
  static Result<std::unique_ptr<Daemon>> Start(DaemonOptions options,
                                               const Journal& journal,
                                               Time now);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() override;

  // What to poll, for what, and until when.
  std::vector<pollfd> Interests() const;
  std::optional<Time> Deadline() const;
  // Handles all that is waiting. True when more is. An error, which is told
  // once, ends the daemon: without a bus it can do no more than shut down.
  Result<bool> Turn(Time now);

  // Ends links and adapters; `finished` when nothing is left to wait for.
  void BeginShutdown(Time now);
  // The last thing before the end: what is owed to disk and bus goes out.
  void EndShutdown();
  bool finished() const;

 private:
  Daemon(DaemonOptions options, const Journal& journal,
         std::unique_ptr<bonds::Store> store);

  Result<void> Open(Time now);
  Result<void> OpenAdapters();
  // The error: one that is not to be waited for can't be had.
  Result<void> CheckAdapters() const;
  void ReadStore();
  void StopAdapters();
  void ReadManagement();
  Adapter& Find(const std::string& name);
  Link& Find(const dbus::ConnectionRef& ref);

  // --- dbus::Operations
  dbus::ApiResult<dbus::Dictionary> Predict(
      const smp::PairingOptions& local,
      const smp::PairingOptions& peer) override;
  void Connect(dbus::CallId call, const dbus::Caller& caller,
               const std::string& adapter, const DeviceAddress& peer,
               const dbus::ConnectOptions& options) override;
  void InitiatePairing(dbus::CallId call, const dbus::Caller& caller,
                       const std::string& adapter, const DeviceAddress& peer,
                       smp::PairingOptions options) override;
  void RemoveBonding(dbus::CallId call, const std::string& adapter,
                     const DeviceAddress& peer) override;
  void RemoveAllBonds(dbus::CallId call, const std::string& adapter) override;
  void Trust(dbus::CallId call, const dbus::Caller& caller,
             const std::string& adapter) override;
  void ExportBonds(dbus::CallId call, const dbus::Caller& caller,
                   const std::string& adapter, UniqueFd fd,
                   dbus::BondFormat format,
                   const dbus::ExportOptions& options) override;
  void ImportBonds(dbus::CallId call, const dbus::Caller& caller,
                   const std::string& adapter, UniqueFd fd,
                   dbus::BondFormat format,
                   const dbus::ImportOptions& options) override;
  dbus::ApiResult<void> AcceptPairing(const dbus::Caller& caller,
                                      const std::string& adapter,
                                      dbus::ArmOptions options) override;
  dbus::ApiResult<void> CancelAcceptPairing(
      const dbus::Caller& caller, const std::string& adapter) override;
  dbus::ApiResult<void> StartAdvertising(
      const std::string& adapter,
      const dbus::AdvertisingOptions& options) override;
  dbus::ApiResult<void> StopAdvertising(const std::string& adapter) override;
  dbus::ApiResult<void> StartScan(const std::string& adapter,
                                  const dbus::ScanOptions& options) override;
  dbus::ApiResult<void> StopScan(const std::string& adapter) override;
  std::vector<dbus::Dictionary> GetScanResults(
      const std::string& adapter) override;
  bool IsDeviceBonded(const std::string& adapter, const DeviceAddress& peer,
                      dbus::BondRole role) override;
  dbus::ApiResult<std::string> FindBond(const std::string& adapter,
                                        const DeviceAddress& peer) override;
  std::vector<dbus::Dictionary> ListBonds(const std::string& adapter,
                                          uint32_t offset,
                                          uint32_t limit) override;
  dbus::ApiResult<void> SetPairable(const std::string& adapter,
                                    bool pairable) override;
  dbus::ApiResult<void> SetTrace(const std::string& adapter,
                                 bool trace) override;
  dbus::ApiResult<void> SetPairingDefaults(
      const std::string& adapter, smp::PairingOptions options) override;
  dbus::ApiResult<void> SetPrivacy(const std::string& adapter,
                                   dbus::PrivacyMode mode) override;
  dbus::ApiResult<void> SetRepeatedAttempts(
      const std::string& adapter,
      const dbus::RepeatedAttemptsOptions& options) override;
  dbus::ApiResult<dbus::Dictionary> GenerateOob(
      const dbus::Caller& caller, const std::string& adapter,
      const dbus::GenerateOobOptions& options) override;
  dbus::ApiResult<void> ReleaseOob(const dbus::Caller& caller,
                                   const std::string& adapter,
                                   uint32_t id) override;
  dbus::ApiResult<void> SetRemoteOob(const dbus::Caller& caller,
                                     const std::string& adapter,
                                     const DeviceAddress& peer,
                                     dbus::OobData data) override;
  dbus::ApiResult<void> ClearRemoteOob(const dbus::Caller& caller,
                                       const std::string& adapter,
                                       const DeviceAddress& peer) override;
  void InitiatePairing(dbus::CallId call, const dbus::Caller& caller,
                       const dbus::ConnectionRef& connection,
                       smp::PairingOptions options) override;
  void SendSecurityRequest(dbus::CallId call, const dbus::Caller& caller,
                           const dbus::ConnectionRef& connection,
                           smp::PairingOptions options) override;
  void InitiateEncryption(dbus::CallId call, const dbus::Caller& caller,
                          const dbus::ConnectionRef& connection,
                          dbus::EncryptionOptions options) override;
  void Disconnect(dbus::CallId call,
                  const dbus::ConnectionRef& connection) override;
  dbus::ApiResult<void> AcceptPairing(const dbus::Caller& caller,
                                      const dbus::ConnectionRef& connection,
                                      dbus::ArmOptions options) override;
  dbus::ApiResult<void> SetPasskey(const dbus::Caller& caller,
                                   const dbus::ConnectionRef& connection,
                                   uint32_t passkey) override;
  dbus::ApiResult<void> PasskeyNegativeReply(
      const dbus::Caller& caller,
      const dbus::ConnectionRef& connection) override;
  dbus::ApiResult<void> ConfirmNumber(const dbus::Caller& caller,
                                      const dbus::ConnectionRef& connection,
                                      bool equal) override;
  dbus::ApiResult<void> AcceptRequest(const dbus::Caller& caller,
                                      const dbus::ConnectionRef& connection,
                                      smp::PairingOptions options) override;
  dbus::ApiResult<void> RejectRequest(const dbus::Caller& caller,
                                      const dbus::ConnectionRef& connection,
                                      smp::PairingFailedReason reason) override;
  dbus::ApiResult<void> SetOob(const dbus::Caller& caller,
                               const dbus::ConnectionRef& connection,
                               smp::PeerOobData data) override;
  dbus::ApiResult<void> SetOobLegacy(const dbus::Caller& caller,
                                     const dbus::ConnectionRef& connection,
                                     smp::Tk tk) override;
  dbus::ApiResult<dbus::Dictionary> GetPrompt(
      const dbus::Caller& caller,
      const dbus::ConnectionRef& connection) override;
  dbus::ApiResult<void> SendKeypress(const dbus::Caller& caller,
                                     const dbus::ConnectionRef& connection,
                                     smp::KeypressType type) override;
  dbus::ApiResult<void> CancelPairing(
      const dbus::Caller& caller,
      const dbus::ConnectionRef& connection) override;
  dbus::ApiResult<void> SetBondName(const std::string& adapter,
                                    const DeviceAddress& identity,
                                    const std::string& name) override;
  void OnAgentAnswer(dbus::QuestionId question,
                     dbus::AgentAnswer answer) override;
  void OnClientGone(const std::string& name) override;

  DaemonOptions options_;
  const Journal& journal_;
  SystemRandom random_;
  KeyPairPool key_pairs_;
  sim::Air air_;
  TransportFactory transports_;
  std::unique_ptr<bonds::Store> store_;
  std::unique_ptr<dbus::Service> bus_;
  std::set<DeviceAddress> addresses_;
  std::optional<Context> context_;
  std::optional<hci::Management> management_;
  std::vector<std::unique_ptr<sim::H4Server>> servers_;
  std::vector<std::unique_ptr<Adapter>> adapters_;
  std::vector<std::string> store_notices_;
  bool shutting_down_ = false;
  bool bus_gone_ = false;
  std::optional<Time> stop_adapters_at_;  // at the latest
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_DAEMON_H_
