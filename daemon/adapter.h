// One adapter: its transport and controller, its links, and what the adapter's
// D-Bus object offers.
//
// The Daemon owns the adapters and gives each its turn; an Adapter carries the
// controller's events to its links and D-Bus calls to the controller.

#ifndef BONDD_DAEMON_ADAPTER_H_
#define BONDD_DAEMON_ADAPTER_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/connector.h"
#include "daemon/context.h"
#include "daemon/link.h"
#include "daemon/oob_book.h"
#include "daemon/scan_results.h"
#include "daemon/transport_factory.h"
#include "hci/controller.h"
#include "smp/repeated_attempts.h"

namespace bondd::daemon {

class Adapter : private smp::BondLookup {
 public:
  // `name` is the last part of the object path; `sim_index` the NN of a
  // simulated adapter's address.
  Adapter(Context& context, TransportFactory& transports,
          config::AdapterSpec spec, std::string name, uint8_t sim_index);
  ~Adapter() override;

  // --- The loop's side.
  // Opens the transport; what is not there is tried again later, and goes to
  // the log. See start_error().
  void OpenOrWait();
  // Why an adapter that is not to be waited for can't be had.
  const std::optional<Error>& start_error() const { return start_error_; }
  // -1 while there is nothing to poll.
  int fd() const;
  bool WantsWrite() const;
  // True when more is waiting already.
  bool Turn();
  std::optional<Time> Deadline() const;
  void Shutdown();
  bool down() const { return controller_ == nullptr; }
  // Start-up is through, and the object stands.
  bool ready() const { return ready_; }
  // Something is on its way to the disk that somebody waits for.
  bool storing() const;

  // --- D-Bus: the adapter's object.
  void Connect(dbus::CallId call, const dbus::Caller& caller,
               const DeviceAddress& peer, const dbus::ConnectOptions& options);
  void InitiatePairing(dbus::CallId call, const dbus::Caller& caller,
                       const DeviceAddress& peer, smp::PairingOptions options);
  void RemoveBonding(dbus::CallId call, const DeviceAddress& peer);
  void RemoveAllBonds(dbus::CallId call);
  void Trust(dbus::CallId call, const dbus::Caller& caller);
  void ExportBonds(dbus::CallId call, UniqueFd fd, dbus::BondFormat format,
                   const dbus::ExportOptions& options);
  void ImportBonds(dbus::CallId call, UniqueFd fd, dbus::BondFormat format,
                   const dbus::ImportOptions& options);
  dbus::ApiResult<void> Arm(const dbus::Caller& caller,
                            dbus::ArmOptions options);
  void Disarm() { armed_.reset(); }
  dbus::ApiResult<void> StartAdvertising(const dbus::AdvertisingOptions& o);
  void StopAdvertising();
  dbus::ApiResult<void> StartScan(const dbus::ScanOptions& options);
  void StopScan();
  std::vector<dbus::Dictionary> GetScanResults() const;
  bool IsDeviceBonded(const DeviceAddress& peer, dbus::BondRole role) const;
  dbus::ApiResult<std::string> PublishBond(const DeviceAddress& peer);
  std::vector<dbus::Dictionary> ListBonds(uint32_t offset,
                                          uint32_t limit) const;
  dbus::ApiResult<dbus::Dictionary> GenerateOob(
      const dbus::Caller& caller, const dbus::GenerateOobOptions& options);
  void SetPairable(bool pairable);
  void SetTrace(bool trace);
  dbus::ApiResult<void> SetRepeatedAttempts(
      const dbus::RepeatedAttemptsOptions& options);
  dbus::ApiResult<void> SetPairingDefaults(smp::PairingOptions options);
  dbus::ApiResult<void> SetBondName(const DeviceAddress& identity,
                                    const std::string& name);

  // --- Answers from elsewhere. True when it was this adapter's.
  bool OnStored(const bonds::Completion& completion);
  bool OnAgentAnswer(dbus::QuestionId question, dbus::AgentAnswer& answer);
  void OnClientGone(const std::string& name);

  // --- For its links.
  Context& context() { return context_; }
  hci::Controller& controller() { return *controller_; }
  const std::string& name() const { return name_; }
  bool pairable() const { return pairable_; }
  bool trace() const { return trace_; }
  const DeviceAddress& identity_address() const { return identity_->address; }
  // For links: with an IRK for this time alone while the controller is not
  // trusted.
  smp::LocalIdentity identity() const;
  bool trusted() const { return trusted_; }
  // NotAuthorized while the controller is not.
  dbus::ApiResult<void> CheckTrusted() const;
  smp::Sources sources();
  OobBook& oob() { return oob_; }
  smp::RepeatedAttempts& attempts() { return attempts_; }
  // PairingDefaults laid over bondd.conf.
  smp::PairingOptions Defaults() const;
  // What is armed for this peer, if anything.
  Armed* ArmedFor(const DeviceAddress& on_air, const DeviceAddress& identity);
  void OnArmedPairingDone();
  // Besides one on that link.
  bool TooManyPairings(const Link& besides) const;
  // One that is being removed counts as gone.
  const bonds::Bond* BondOf(const DeviceAddress& address) const;
  bonds::BondKey KeyOf(const DeviceAddress& identity) const;
  void SaveBond(smp::BondData bond, const bonds::Replacing& replacing,
                const Link& link);
  // The bond of this link that was handed to the store is void; what it
  // replaced is not.
  void UndoBond(const Link& link);
  void Publish(const bonds::Bond& bond);
  // Stores and publishes it, with whatever else is new in the bond.
  void SetPeerLostKeys(const bonds::Bond& bond, bool lost);
  void OnEncrypted(Link& link);
  void Log(LogLevel level, std::string_view message,
           const DeviceAddress* peer = nullptr) const;

  Link* FindLink(uint32_t serial);
  Link* FindLinkTo(const DeviceAddress& peer);

 private:
  const smp::BondData* FindBond(const DeviceAddress& address) const override;

  void On(const hci::Ready& event);
  void On(const hci::Lost& event);
  void On(const hci::LinkUp& event);
  void On(const hci::LinkDown& event);
  void On(const hci::ConnectFailed& event);
  void On(hci::SmpPduReceived& event);
  void On(const hci::SmpPdusAcknowledged& event);
  void On(const hci::LongTermKeyRequested& event);
  void On(const hci::EncryptionChanged& event);
  void On(const hci::SignedWriteReceived& event);
  void On(const hci::AdvertisingReport& event);
  void On(const hci::AdvertisingStopped& event);
  void On(const hci::ScanStopped& event);

  // Under which the store keeps the identity of one without an address.
  const std::string& identity_name() const {
    return spec_.kind == config::AdapterKind::kSim ? name_ : spec_.text;
  }
  void OnIdentity(const Result<void>& outcome);
  Result<void> CheckController(const bonds::LocalIdentity& known,
                               const hci::Ready& event);
  void StoreController(std::optional<dbus::CallId> call);
  // The record of a first start that the disk did not take.
  void StoreRecordAgain();
  Result<void> Open();
  void HandleEvents();
  void Close(const Error& why);
  void RunTimers();
  void BeginConnecting(Connector::Waiter waiter, const DeviceAddress& peer,
                       Duration timeout);
  dbus::ApiResult<void> CheckOptions(const DeviceAddress& peer,
                                     const smp::PairingOptions& options);
  void OnConnected(Link& link);
  void LinkReady(Link& link, Connector::Waiter waiter);
  void UpdateScan();
  void PublishSelf();
  void PublishBonds();
  void Publish(const dbus::BondProperties& bond);
  void Withdraw(const DeviceAddress& identity);
  void WithdrawRemoved();
  void WithdrawOldest(const DeviceAddress& but);
  Link* FindLink(hci::LinkId id);
  void Remove(const Link& link);

  Context& context_;
  TransportFactory& transports_;
  config::AdapterSpec spec_;
  std::string name_;
  std::unique_ptr<hci::Transport> transport_;
  std::unique_ptr<hci::Controller> controller_;
  std::optional<Time> retry_at_;
  std::string last_error_;
  uint8_t sim_index_ = 0;
  bool ready_ = false;
  bool was_ready_ = false;
  std::optional<Time> first_try_;
  std::optional<Error> start_error_;
  bool shutting_down_ = false;
  std::optional<Error> lost_;
  uint32_t last_serial_ = 0;

  // The controller is there; its identity is on its way from the store.
  struct Starting {
    bonds::RequestId request;
    hci::Ready event;
  };
  std::optional<Starting> starting_;
  // While the adapter is ready; no link is there without it.
  std::optional<smp::LocalIdentity> identity_;
  std::optional<DeviceAddress> public_address_;
  std::string controller_record_;
  bool record_unsaved_ = false;
  bool trusted_ = false;  // nor judged yet
  std::optional<smp::Irk> stand_in_irk_;
  bool pairable_ = true;
  bool advertising_ = false;
  bool trace_ = false;
  bool user_scan_ = false;
  bool active_scan_ = false;
  bool scanning_ = false;
  std::optional<Time> scan_until_;
  ScanResults scan_results_;
  smp::PairingOptions pairing_defaults_;
  std::optional<Armed> armed_;
  OobBook oob_;
  smp::RepeatedAttempts attempts_;

  std::map<hci::LinkId, std::unique_ptr<Link>> links_;
  Connector connector_;
  // Who waits for a link, by its serial number, to be encrypted.
  std::map<uint32_t, std::vector<Connector::Waiter>> encrypting_;
  std::set<DeviceAddress> published_;  // the bonds that have an object

  struct StoreRequest {
    enum class Kind {
      kSave,
      kUndo,
      kRemove,
      kRemoveAll,
      kTransfer,
      kSignCounter,
      kRename,
      kController
    } kind;
    std::optional<uint32_t> link;  // its serial number
    std::optional<dbus::CallId> call;
    DeviceAddress identity;
    uint32_t count = 0;  // of bonds to remove; 1 for an import
  };
  bool BeingRemoved(const DeviceAddress& identity) const;
  // Of a bond that is on its way to the disk; nullptr = none is.
  const std::pair<const bonds::RequestId, StoreRequest>* FindSave(
      uint32_t link) const;
  void LogFailure(const StoreRequest& request, const Error& error) const;
  // With this peer, and running or waiting for its bond to be stored.
  Link* FindPairing(const DeviceAddress& peer);
  // A received sign counter of that peer is on its way to the disk.
  bool IsCountingFor(const DeviceAddress& identity) const;
  void OnSignCounter(const DeviceAddress& identity,
                     const Result<void>& outcome);
  void OnControllerStored(const StoreRequest& request,
                          const Result<void>& outcome);
  void OnSaved(const StoreRequest& request, const Result<void>& outcome);
  void OnUndone(const DeviceAddress& identity);
  void OnChanged(const StoreRequest& request,
                 const bonds::Completion& completion);
  void OnRenamed(const DeviceAddress& identity);
  void RememberTransfer(bonds::RequestId id, dbus::CallId call, bool import);
  std::vector<dbus::ObjectPathValue> PublishImported(
      const std::vector<bonds::BondKey>& keys);
  std::map<bonds::RequestId, StoreRequest> store_requests_;
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_ADAPTER_H_
