// The registered agents, and the questions that are put to them.

#ifndef BONDD_DBUS_AGENTS_H_
#define BONDD_DBUS_AGENTS_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dbus/clients.h"
#include "dbus/operations.h"
#include "dbus/sdbus_compat.h"

namespace bondd::dbus {

// Owned by Service: AgentManager1 registers agents here, Operations asks them,
// and what they answer is collected for the end of the turn. Whoever owns an
// agent, or is asked, is watched.
class Agents {
 public:
  static constexpr size_t kMaxPerUid = 16;
  static constexpr size_t kMax = 64;

  // Both are borrowed; questions go out over `connection`.
  Agents(sdbus::IConnection& connection, Clients& clients)
      : connection_(connection), clients_(clients) {}
  ~Agents();
  Agents(const Agents&) = delete;
  Agents& operator=(const Agents&) = delete;

  ApiResult<void> Register(const std::string& owner, const std::string& path,
                           smp::IoCapability capability);
  ApiResult<void> Unregister(const std::string& owner, const std::string& path);
  ApiResult<void> RequestDefault(const std::string& owner,
                                 const std::string& path);
  // Tells every agent that it is no longer registered.
  void ReleaseAll();

  // See Service.
  std::optional<AgentRef> Find(const std::optional<std::string>& option_agent,
                               const std::optional<Caller>& starter) const;
  QuestionId Ask(const AgentRef& agent, const std::string& connection_path,
                 AgentQuestion question);
  void Withdraw(QuestionId question, const std::string& why);
  // The link is gone: withdraws what is still asked about it.
  void WithdrawAllOf(const std::string& connection_path,
                     const std::string& why);

  // A bus name has left: its agents are gone, its questions answered kGone.
  void DropAllOf(const std::string& name);
  // Questions that were answered since the last call, each once. The caller
  // hands them on; it is not within a handler of sdbus-c++.
  std::vector<std::pair<QuestionId, AgentAnswer>> TakeAnswers();
  bool HasAnswers() const { return !answers_.empty(); }

 private:
  struct Registration {
    std::string owner;
    std::string path;
    uid_t uid = 0;
    smp::IoCapability capability = smp::IoCapability::kNoInputNoOutput;
  };
  struct Question {
    std::string owner;
    std::string path;
    std::string connection_path;
    bool shown_only = false;  // ShowPasskey: it can only be refused
    // The call that is under way ends with it.
    std::unique_ptr<sdbus::IProxy> proxy;
  };
  using Registrations = std::vector<Registration>;

  Registrations::const_iterator FindRegistration(const std::string& owner,
                                                 const std::string& path) const;
  ApiResult<void> CheckLimits(const Caller& caller) const;
  // Forgets the registration; what it was asked is answered kGone.
  void Remove(Registrations::const_iterator registration);
  void SendQuestion(QuestionId id, Question& question,
                    const AgentQuestion& asked);
  // Best effort, without waiting for an answer.
  void Send(const std::string& owner, const std::string& path,
            const char* method, const std::string& connection_path,
            const std::string& why);
  void Forget(std::map<QuestionId, Question>::iterator question);

  sdbus::IConnection& connection_;
  Clients& clients_;
  Registrations registrations_;  // in the order of registration
  // The default agent's owner and path.
  std::optional<std::pair<std::string, std::string>> default_;
  std::map<QuestionId, Question> questions_;
  std::vector<std::pair<QuestionId, AgentAnswer>> answers_;
  uint64_t last_ = 0;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_AGENTS_H_
