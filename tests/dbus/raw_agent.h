// An agent that breaks the rules of D-Bus interfaces, which the generated code
// would not let it do.

#ifndef BONDD_TESTS_DBUS_RAW_AGENT_H_
#define BONDD_TESTS_DBUS_RAW_AGENT_H_

#include <systemd/sd-bus.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/dbus/client.h"

namespace bondd::dbus::test {

// Answers every question in the same way.
class RawAgent final : public Participant {
 public:
  // One element for each reply that it sends to a question: a string, or a
  // number of six digits as the type of a passkey.
  struct Reply {
    bool is_number = false;
    const char* text = "";
    uint32_t number = 0;
  };

  RawAgent(const std::string& address, const std::string& path,
           std::vector<Reply> replies);
  RawAgent(const RawAgent&) = delete;
  RawAgent& operator=(const RawAgent&) = delete;
  ~RawAgent() override;

  std::string name() const;
  int answered() const { return answered_; }

  compat::PollState Poll() const override;
  bool Process() override;

 private:
  static int OnCall(sd_bus_message* call, void* agent, sd_bus_error* error);

  sd_bus* bus_ = nullptr;
  const std::vector<Reply> replies_;
  int answered_ = 0;
};

}  // namespace bondd::dbus::test

#endif  // BONDD_TESTS_DBUS_RAW_AGENT_H_
