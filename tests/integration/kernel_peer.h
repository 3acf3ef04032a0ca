// The kernel's own Bluetooth stack as the device that bondd pairs with.

#ifndef BONDD_TESTS_INTEGRATION_KERNEL_PEER_H_
#define BONDD_TESTS_INTEGRATION_KERNEL_PEER_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/device_address.h"
#include "smp/types.h"
#include "tests/integration/mgmt_client.h"

namespace bondd::integration {

// What the user in front of the peer does when asked.
enum class Answer { kAccept, kRefuse, kNone };

// Keys are in the order of transmission.
using KeyOctets = std::array<uint8_t, 16>;

struct KernelSettings {
  smp::IoCapability io_capability = smp::IoCapability::kNoInputNoOutput;
  mgmt::SecureConnections secure_connections = mgmt::SecureConnections::kOn;
  // Hides behind resolvable private addresses made with this key.
  std::optional<KeyOctets> private_with = std::nullopt;
};

struct KernelLongTermKey {
  DeviceAddress peer;
  mgmt::LongTermKeyType type;
  // The kernel encrypts with it as the central; else it answers with it as the
  // peripheral.
  bool as_central;
  uint8_t key_size;
  uint16_t ediv;
  uint64_t rand;
  KeyOctets key;
};

struct KernelIdentity {
  DeviceAddress on_air;
  DeviceAddress identity;
  KeyOctets irk;
};

// Drives one adapter of a kernel through its management interface, answers
// what its Security Manager asks of the user, and keeps what it reports.
// A stack that does not do as told throws std::runtime_error.
class KernelPeer {
 public:
  KernelPeer(Loop& loop, MgmtClient& mgmt) : loop_(loop), mgmt_(mgmt) {}

  // Waits for the adapter and brings it up; what was reported is forgotten.
  void PowerOn(uint16_t index, const KernelSettings& settings);
  // The same with the keys of an earlier time, as a host loads them.
  void PowerOnWithKeys(uint16_t index, const KernelSettings& settings,
                       const std::vector<KernelLongTermKey>& keys);
  void PowerOff();

  const DeviceAddress& address() const { return address_; }

  void StartAdvertising();
  // Connects whenever the device advertises, and does not pair.
  void ConnectTo(const DeviceAddress& device);
  // Connects if need be, then pairs, or asks the central to.
  void StartPairing(const DeviceAddress& device);
  // Whether there is a link that is set up. StartPairing() before that would
  // try to make another, or do nothing and report success.
  bool CanPairWith(const DeviceAddress& device);
  // kNone as long as it goes on.
  mgmt::Status PairingStatus() const;
  void Disconnect(const DeviceAddress& device);
  void Forget(const DeviceAddress& device);

  void set_answer(Answer answer) { answer_ = answer; }
  // The user types the passkey that was asked for, or refuses to.
  void EnterPasskey(uint32_t passkey);
  void RefusePasskey();

  // --- What was reported since PowerOn.
  bool connected() const { return connected_; }
  // The numbers shown to the user for comparison; one that only asks for
  // consent is not among them.
  const std::vector<uint32_t>& numbers_shown() const { return numbers_shown_; }
  int consents_asked() const { return consents_asked_; }
  std::optional<uint32_t> passkey_shown() const { return passkey_shown_; }
  // Whether the user is to type a passkey.
  bool passkey_asked() const { return asks_passkey_of_.has_value(); }
  const std::vector<KernelLongTermKey>& long_term_keys() const {
    return long_term_keys_;
  }
  const std::vector<KernelIdentity>& identities() const { return identities_; }
  int authentication_failures() const { return authentication_failures_; }

 private:
  void Bring(uint16_t index, const KernelSettings& settings,
             const std::vector<KernelLongTermKey>* keys);
  void OnEvent(const MgmtEvent& event);
  void OnConfirmationRequest(Reader reader);
  void OnLongTermKey(Reader reader);
  void OnIdentity(Reader reader);
  void Set(mgmt::Opcode opcode, uint8_t value);
  MgmtReply Require(mgmt::Opcode opcode, ByteView parameters);
  bool Exists(uint16_t index);

  Loop& loop_;
  MgmtClient& mgmt_;
  uint16_t index_ = mgmt::kNoIndex;
  smp::IoCapability io_capability_ = smp::IoCapability::kNoInputNoOutput;
  DeviceAddress address_;
  Answer answer_ = Answer::kAccept;

  bool connected_ = false;
  std::vector<uint32_t> numbers_shown_;
  int consents_asked_ = 0;
  std::optional<uint32_t> passkey_shown_;
  // The device whose pairing waits for the user's passkey.
  std::optional<DeviceAddress> asks_passkey_of_;
  std::vector<KernelLongTermKey> long_term_keys_;
  std::vector<KernelIdentity> identities_;
  int authentication_failures_ = 0;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_KERNEL_PEER_H_
