// A controller of which the test knows every word.

#ifndef BONDD_TESTS_HCI_FAKE_CONTROLLER_H_
#define BONDD_TESTS_HCI_FAKE_CONTROLLER_H_

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "hci/transport.h"
#include "tests/hci/packets.h"

namespace bondd::hci::testing {

struct WrittenCommand {
  Opcode opcode;
  Bytes parameters;
};

// What a link layer of today can combine: everything.
inline constexpr uint64_t kAllStates = 0x3FF'FFFF'FFFF;
// Each thing for itself.
inline constexpr uint64_t kNoCombinations = 0x2000'00FF;

// Stands in place of the transport and answers every command at once, unless
// told to refuse it, to stay silent, or to hold the answer back. It checks on
// its own account what no host may do to a controller (see violations()).
class FakeController : public Transport {
 public:
  FakeController();

  // How it presents itself; to be changed before start-up.
  DeviceAddress public_address = OwnPublicAddress();
  uint64_t lmp_features = kLmpBrEdrNotSupported | kLmpLeSupported;
  uint64_t le_features = kLeFeatureEncryption;
  uint64_t le_states = kAllStates;
  uint16_t le_acl_length = 27;
  uint8_t le_acl_count = 4;
  uint16_t shared_acl_length = 1021;
  uint16_t shared_acl_count = 8;
  uint8_t credits = 1;  // in each answer

  void SetSupported(Opcode opcode, bool supported);
  // From here on these commands are answered so.
  void Refuse(Opcode opcode, uint8_t status);
  void Accept(Opcode opcode);
  // No answer at all.
  void Ignore(Opcode opcode) { ignored_.insert(opcode); }
  // The answers wait until Release().
  void Hold(Opcode opcode) { held_.insert(opcode); }
  void Release(Opcode opcode);

  // What the host finds when it reads next.
  void SendEvent(Bytes packet);
  void SendAcl(Bytes packet);
  void Vanish() { vanished_ = true; }
  bool has_more() const { return !to_host_.empty() && !vanished_; }

  // All commands since the last call, in order.
  std::vector<WrittenCommand> TakeCommands();
  // The opcodes alone of these.
  std::vector<Opcode> TakeOpcodes();
  // All ACL packets since the last call.
  std::vector<Bytes> TakeAcl();

  bool advertising() const { return advertising_; }
  bool scanning() const { return scanning_; }
  bool initiating() const { return initiating_; }
  const DeviceAddress& random_address() const { return random_address_; }
  const std::vector<std::string>& violations() const { return violations_; }

  // Completes or fails what LE Create Connection has begun, or lets a peer
  // connect to the advertiser.
  void ConnectAsCentral(uint16_t handle, const DeviceAddress& peer);
  void ConnectAsPeripheral(uint16_t handle, const DeviceAddress& peer);
  void FailConnection(uint8_t status);

  int fd() const override { return -1; }
  Result<std::optional<Packet>> Read() override;
  Result<void> Write(PacketType type, ByteView payload) override;

 private:
  Bytes AnswerTo(const WrittenCommand& command);
  Bytes ReturnParameters(Opcode opcode) const;
  void Act(Opcode opcode, const Bytes& parameters);
  void Answer();

  std::array<uint8_t, 64> supported_{};
  std::map<Opcode, uint8_t> refused_;
  std::set<Opcode> ignored_;
  std::set<Opcode> held_;
  std::deque<Packet> to_host_;
  std::vector<WrittenCommand> commands_;
  std::vector<Bytes> acl_;
  std::vector<std::string> violations_;
  std::optional<WrittenCommand> unanswered_;
  bool vanished_ = false;
  bool advertising_ = false;
  bool scanning_ = false;
  bool initiating_ = false;
  DeviceAddress random_address_{AddressType::kRandom, {}};
};

}  // namespace bondd::hci::testing

#endif  // BONDD_TESTS_HCI_FAKE_CONTROLLER_H_
