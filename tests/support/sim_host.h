// A host in a test: it names the commands and events of HCI.

#ifndef BONDD_TESTS_SUPPORT_SIM_HOST_H_
#define BONDD_TESTS_SUPPORT_SIM_HOST_H_

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "common/bytes.h"
#include "common/device_address.h"
#include "hci/events.h"
#include "hci/spec.h"
#include "tests/support/sim_world.h"

namespace bondd::test {

// "C0:..:01" with that last octet, a static random address.
DeviceAddress StaticAddress(uint8_t last);
// "00:..:01" with that last octet.
DeviceAddress PublicAddress(uint8_t last);
// 16 times that octet.
hci::LinkKey128 KeyOf(uint8_t octet);

struct SimEvent {
  hci::EventCode code;
  std::optional<hci::LeSubevent> subevent;
  Bytes parameters;  // without the subevent code
};

struct ConnectionEvent {
  hci::HciError status;
  uint16_t handle;
  hci::Role role;
  DeviceAddress peer;
  uint16_t interval;
  uint16_t latency;
  uint16_t timeout;
};

struct DisconnectionEvent {
  uint16_t handle;
  hci::HciError reason;
};

struct EncryptionEvent {
  hci::HciError status;
  uint16_t handle;
  bool encrypted;  // of a refresh: not told, so true
  bool refresh;
};

struct KeyRequestEvent {
  uint16_t handle;
  uint64_t rand;
  uint16_t ediv;
};

struct ReportEvent {
  uint8_t event_type;
  DeviceAddress address;
  Bytes data;
};

struct AclFragment {
  uint16_t handle;
  bool first;
  Bytes data;
};

struct SimAdvertising {
  uint8_t type = 0;
  Duration interval = std::chrono::milliseconds(20);
  uint8_t own_address_type = hci::kAddressTypePublic;
  uint8_t filter_policy = 0;
  DeviceAddress target = {};
  Bytes data = {};
  Bytes scan_response = {};
};

struct SimScan {
  bool active = false;
  bool filter_duplicates = false;
  Duration interval = std::chrono::milliseconds(20);
  Duration window = std::chrono::milliseconds(20);
  uint8_t own_address_type = hci::kAddressTypePublic;
  uint8_t filter_policy = 0;
};

struct SimConnect {
  uint16_t interval = 6;  // 7.5 ms
  uint16_t timeout = 42;  // 420 ms
  uint8_t own_address_type = hci::kAddressTypePublic;
  bool accept_list = false;
};

// Drives one controller of the world by hand. Commands return the status of
// their answer; what else the controller says is kept until a test takes it.
class SimHost {
 public:
  // After a reset, with every event unmasked.
  explicit SimHost(SimWorld& world, sim::ControllerOptions options = {});
  SimHost(const SimHost&) = delete;
  SimHost& operator=(const SimHost&) = delete;
  ~SimHost();

  sim::VirtualController& controller() { return *controller_; }
  void ReadAll();
  // The transport reported an error.
  bool lost() const { return lost_; }

  // Writes and waits (without time passing) for the answer; nothing = there is
  // none. SetUp does what the constructor did.
  std::optional<hci::HciError> Command(hci::Opcode opcode,
                                       ByteView parameters = {});
  void Write(hci::Opcode opcode, ByteView parameters = {});
  // Of the last Command Complete, behind the status.
  const Bytes& return_parameters() const { return return_parameters_; }
  // Num_HCI_Command_Packets of the last answer.
  uint8_t command_credits() const { return command_credits_; }
  // The answer was a Command Status.
  bool answered_by_status() const { return answered_by_status_; }
  void SetUp();

  std::optional<hci::HciError> SetRandomAddress(const DeviceAddress& address);
  std::optional<hci::HciError> Advertise(
      const SimAdvertising& advertising = {});
  std::optional<hci::HciError> StopAdvertising();
  std::optional<hci::HciError> Scan(const SimScan& scan = {});
  std::optional<hci::HciError> StopScan();
  std::optional<hci::HciError> Connect(const DeviceAddress& peer,
                                       const SimConnect& connect = {});
  std::optional<hci::HciError> CancelConnect();
  std::optional<hci::HciError> AcceptOnly(const DeviceAddress& peer);
  std::optional<hci::HciError> Disconnect(
      uint16_t handle,
      hci::HciError reason = hci::HciError::kRemoteUserTerminatedConnection);
  std::optional<hci::HciError> EnableEncryption(uint16_t handle,
                                                const hci::LinkKey128& key,
                                                uint64_t rand = 0,
                                                uint16_t ediv = 0);
  std::optional<hci::HciError> ReplyKey(uint16_t handle,
                                        const hci::LinkKey128& key);
  std::optional<hci::HciError> RefuseKey(uint16_t handle);
  // Not waited for.
  void SendAcl(uint16_t handle, ByteView data, bool first = true);

  // The oldest event of that kind not taken yet. Others stay.
  std::optional<SimEvent> Take(hci::EventCode code);
  std::optional<SimEvent> Take(hci::LeSubevent subevent);
  std::optional<ConnectionEvent> TakeConnection();
  std::optional<DisconnectionEvent> TakeDisconnection();
  std::optional<EncryptionEvent> TakeEncryption();
  std::optional<KeyRequestEvent> TakeKeyRequest();
  std::vector<ReportEvent> TakeReports();
  std::vector<AclFragment> TakeData();
  // The number of completed packets reported since the last call.
  size_t TakeCompleted(uint16_t handle);
  bool Has(hci::EventCode code) const;
  bool Has(hci::LeSubevent subevent) const;
  bool HasData() const { return !data_.empty(); }
  // Drops all that was not taken.
  void Forget();

 private:
  void OnEvent(ByteView packet);

  SimWorld& world_;
  std::unique_ptr<sim::VirtualController> controller_;
  bool lost_ = false;
  std::optional<hci::Opcode> awaited_;
  std::optional<hci::HciError> answer_;
  Bytes return_parameters_;
  uint8_t command_credits_ = 0;
  bool answered_by_status_ = false;
  std::deque<SimEvent> events_;
  std::vector<AclFragment> data_;
};

// A link between two hosts.
struct SimLink {
  uint16_t central;     // its handle
  uint16_t peripheral;  // its handle
};

// Lets the peripheral advertise, with its public address, and the central
// connect to it, and takes the events that come of it.
SimLink MakeLink(SimWorld& world, SimHost& central, SimHost& peripheral,
                 const DeviceAddress& peripheral_address,
                 const SimConnect& connect = {});

}  // namespace bondd::test

#endif  // BONDD_TESTS_SUPPORT_SIM_HOST_H_
