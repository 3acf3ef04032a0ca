// Two Security Managers joined in memory: PDUs, a link layer that encrypts only
// when both ends hold the same key, two users who can see each other's screen,
// and one virtual clock.

#ifndef BONDD_TESTS_SUPPORT_SMP_PAIR_H_
#define BONDD_TESTS_SUPPORT_SMP_PAIR_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/smp_end.h"

namespace bondd::smp::test {

class SmpPair {
 public:
  struct Addresses {
    DeviceAddress central = PublicAddress("00:00:00:00:00:0C");
    DeviceAddress central_identity = PublicAddress("00:00:00:00:00:0C");
    DeviceAddress peripheral = RandomAddress("C0:00:00:00:00:0D");
    DeviceAddress peripheral_identity = RandomAddress("C0:00:00:00:00:0D");
  };

  SmpPair() : SmpPair(Addresses()) {}
  explicit SmpPair(const Addresses& addresses);

  SmpEnd& central() { return *central_; }
  SmpEnd& peripheral() { return *peripheral_; }
  SmpEnd& end(Role role) {
    return role == Role::kInitiator ? central() : peripheral();
  }

  // The central starts, with the parameters of its user; runs to the end.
  void Pair();
  // Carries out what both ends want until neither wants anything.
  void Run();
  void Advance(Duration duration);
  void Give(Role role, Input input);

  void LoseLink();
  // A new link between the same two, who have kept their bonds; possibly with
  // other addresses on the air.
  void Reconnect();
  void Reconnect(const Addresses& addresses);

  bool linked() const { return linked_; }
  bool encrypted() const { return key_.has_value(); }
  const Ltk& key() const { return *key_; }

  // The names of the PDUs that `sender` has sent, in order.
  std::vector<std::string> SentBy(Role sender) const;
  size_t pdus() const { return trace_.size(); }

  // May change a PDU on its way; false drops it.
  std::function<bool(Role sender, Bytes& pdu)> on_air;
  // The link breaks instead of carrying the PDU of this number, from 0.
  std::optional<size_t> break_at;
  // What both users type when neither can read it off a screen.
  uint32_t agreed_passkey = 402'319;
  // The PDUs' acknowledgements do not come.
  bool withhold_acknowledgements = false;

 private:
  struct Sent {
    Role sender;
    std::string name;
  };

  void MakeEnds();
  bool Step(Role role);
  void Carry(Role sender, Bytes pdu);
  void Encrypt(LongTermKey key);
  void AnswerWithKey(std::optional<Ltk> key);
  bool TypePasskey(Role role);

  Addresses addresses_;
  std::unique_ptr<SmpEnd> central_;
  std::unique_ptr<SmpEnd> peripheral_;
  bool linked_ = true;
  std::optional<Ltk> key_;      // of the encrypted link
  std::optional<Ltk> offered_;  // the central's, while it is being started
  std::vector<Sent> trace_;
  std::vector<PromptId> typed_[2];
};

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_SUPPORT_SMP_PAIR_H_
