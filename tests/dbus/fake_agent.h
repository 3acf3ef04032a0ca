// An agent that does what a test tells it.

#ifndef BONDD_TESTS_DBUS_FAKE_AGENT_H_
#define BONDD_TESTS_DBUS_FAKE_AGENT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dbus/agent1_adaptor.h"
#include "tests/dbus/client.h"

namespace bondd::dbus::test {

// Stands on a client's connection and keeps each question until the test
// answers it.
class FakeAgent final
    : public sdbus::AdaptorInterfaces<org::bondd::Agent1_adaptor> {
 public:
  FakeAgent(Client& client, const std::string& path);
  ~FakeAgent();

  // What it was called with: "RequestPasskey /org/... key=..." and so on.
  const std::vector<std::string>& calls() const { return calls_; }

  // Answers to the question that was asked last.
  void Accept();
  void AnswerPasskey(uint32_t passkey);
  void AnswerOob(const Options& data);
  void Refuse(const std::string& error_name);
  // What it answers DisplayPasskey with from now on.
  void set_display_error(const std::string& name) { display_error_ = name; }

 private:
  void RequestAuthorization(sdbus::Result<>&& result,
                            sdbus::ObjectPath connection,
                            Options features) override;
  void RequestPasskey(sdbus::Result<uint32_t>&& result,
                      sdbus::ObjectPath connection, Options info) override;
  void DisplayPasskey(const sdbus::ObjectPath& connection,
                      const uint32_t& passkey,
                      const uint16_t& entered) override;
  void RequestConfirmation(sdbus::Result<>&& result,
                           sdbus::ObjectPath connection, uint32_t number,
                           Options info) override;
  void RequestOob(sdbus::Result<Options>&& result, sdbus::ObjectPath connection,
                  std::string kind) override;
  void Cancel(const sdbus::ObjectPath& connection,
              const std::string& why) override;
  void Release() override { calls_.push_back("Release"); }

  std::vector<std::string> calls_;
  std::string display_error_;  // empty = none
  std::optional<sdbus::Result<>> consent_;
  std::optional<sdbus::Result<uint32_t>> passkey_;
  std::optional<sdbus::Result<Options>> oob_;
};

}  // namespace bondd::dbus::test

#endif  // BONDD_TESTS_DBUS_FAKE_AGENT_H_
