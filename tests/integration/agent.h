// The person in front of bondd: an agent on the bus.

#ifndef BONDD_TESTS_INTEGRATION_AGENT_H_
#define BONDD_TESTS_INTEGRATION_AGENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/bus.h"
#include "tests/integration/kernel_peer.h"

namespace bondd::integration {

// Registers itself as the default agent of org.bondd, keeps what it is asked
// and answers at once, or never; a passkey when the test says so.
class Agent {
 public:
  Agent(BusClient& bus, const std::string& capability);

  void set_answer(Answer answer) { answer_ = answer; }

  // Types the passkey that was asked for, or refuses to.
  void EnterPasskey(uint32_t passkey);
  void RefusePasskey();

  const std::vector<uint32_t>& numbers_shown() const { return numbers_shown_; }
  int consents_asked() const { return consents_asked_; }
  std::optional<uint32_t> passkey_shown() const { return passkey_shown_; }
  // Whether a passkey is to be typed.
  bool passkey_asked() const { return passkey_request_ != nullptr; }
  // The reasons given when a question was withdrawn.
  const std::vector<std::string>& withdrawn() const { return withdrawn_; }

 private:
  void OnCall(std::unique_ptr<IncomingCall> call);

  Answer answer_ = Answer::kAccept;
  std::vector<uint32_t> numbers_shown_;
  int consents_asked_ = 0;
  std::optional<uint32_t> passkey_shown_;
  std::unique_ptr<IncomingCall> passkey_request_;
  std::vector<std::string> withdrawn_;
  // Questions left open.
  std::vector<std::unique_ptr<IncomingCall>> open_;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_AGENT_H_
