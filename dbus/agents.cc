#include "dbus/agents.h"

#include <algorithm>

#include "dbus/agent1_proxy.h"
#include "dbus/agent_call.h"

namespace bondd::dbus {

namespace {

// The timer of the Security Manager is the limit.
constexpr uint64_t kNoLimit = UINT64_MAX;

}  // namespace

Agents::~Agents() = default;

Agents::Registrations::const_iterator Agents::FindRegistration(
    const std::string& owner, const std::string& path) const {
  return std::ranges::find_if(registrations_, [&](const auto& agent) {
    return agent.owner == owner && agent.path == path;
  });
}

ApiResult<void> Agents::CheckLimits(const Caller& caller) const {
  const auto of_uid =
      std::ranges::count(registrations_, caller.uid, &Registration::uid);
  if (registrations_.size() >= kMax ||
      static_cast<size_t>(of_uid) >= kMaxPerUid) {
    return ApiFail("Busy", "too many agents");
  }
  return {};
}

ApiResult<void> Agents::Register(const std::string& owner,
                                 const std::string& path,
                                 smp::IoCapability capability) {
  if (FindRegistration(owner, path) != registrations_.end()) {
    return ApiFail("InvalidArguments", "agent: already registered");
  }
  if (!clients_.Watch(owner)) return ApiFail("Busy", "too many callers");
  auto caller = clients_.Identify(owner);
  auto checked = caller ? CheckLimits(*caller)
                        : std::unexpected(std::move(caller.error()));
  if (!checked) {
    clients_.Unwatch(owner);
    return checked;
  }
  registrations_.push_back({owner, path, caller->uid, capability});
  return {};
}

ApiResult<void> Agents::Unregister(const std::string& owner,
                                   const std::string& path) {
  const auto registration = FindRegistration(owner, path);
  if (registration == registrations_.end()) {
    return ApiFail("DoesNotExist", "no such agent of this connection");
  }
  Remove(registration);
  return {};
}

ApiResult<void> Agents::RequestDefault(const std::string& owner,
                                       const std::string& path) {
  const auto wanted = FindRegistration(owner, path);
  if (wanted == registrations_.end()) {
    return ApiFail("DoesNotExist", "no such agent of this connection");
  }
  const std::pair<std::string, std::string> name{owner, path};
  if (default_ && *default_ != name) {
    const auto current = FindRegistration(default_->first, default_->second);
    if (current->uid != wanted->uid && wanted->uid != 0) {
      return ApiFail("NotAuthorized", "somebody else's agent is the default");
    }
    if (current->owner != owner) {
      Send(current->owner, current->path, "Release", "", "");
      Remove(current);
    }
  }
  default_ = name;
  return {};
}

void Agents::ReleaseAll() {
  while (!registrations_.empty()) {
    const auto first = registrations_.cbegin();
    Send(first->owner, first->path, "Release", "", "");
    Remove(first);
  }
}

void Agents::Remove(Registrations::const_iterator registration) {
  const std::string owner = registration->owner;
  const std::string path = registration->path;
  if (default_ == std::pair(owner, path)) default_.reset();
  registrations_.erase(registration);
  clients_.Unwatch(owner);
  for (const auto& [id, question] : questions_) {
    if (question.owner == owner && question.path == path) {
      answers_.emplace_back(id, AgentRefusal::kGone);
    }
  }
}

std::optional<AgentRef> Agents::Find(
    const std::optional<std::string>& option_agent,
    const std::optional<Caller>& starter) const {
  const auto ref = [](const Registration& agent) {
    return AgentRef{agent.owner, agent.path, agent.uid, agent.capability};
  };
  if (option_agent) {
    if (!starter) return std::nullopt;
    const auto registered = FindRegistration(starter->name, *option_agent);
    if (registered != registrations_.end()) return ref(*registered);
    return AgentRef{starter->name, *option_agent, starter->uid,
                    smp::IoCapability::kKeyboardDisplay};
  }
  if (starter) {
    for (auto agent = registrations_.rbegin(); agent != registrations_.rend();
         ++agent) {
      if (agent->owner == starter->name) return ref(*agent);
    }
  }
  if (!default_) return std::nullopt;
  return ref(*FindRegistration(default_->first, default_->second));
}

QuestionId Agents::Ask(const AgentRef& agent,
                       const std::string& connection_path,
                       AgentQuestion question) {
  const QuestionId id{++last_};
  const bool shown_only = std::holds_alternative<ShowPasskey>(question);
  if (shown_only) {
    // What is shown anew takes the place of what was shown before.
    for (auto entry = questions_.begin(); entry != questions_.end();) {
      const auto next = std::next(entry);
      const Question& other = entry->second;
      if (other.shown_only && other.connection_path == connection_path) {
        Forget(entry);
      }
      entry = next;
    }
  }
  clients_.Watch(agent.owner);
  Question& entry =
      questions_
          .emplace(id, Question{agent.owner, agent.path, connection_path,
                                shown_only, nullptr})
          .first->second;
  try {
    SendQuestion(id, entry, question);
  } catch (const sdbus::Error&) {
    answers_.emplace_back(id, AgentRefusal::kGone);
  }
  return id;
}

void Agents::SendQuestion(QuestionId id, Question& question,
                          const AgentQuestion& asked) {
  question.proxy =
      sdbus::createProxy(connection_, compat::ServiceName(question.owner),
                         sdbus::ObjectPath(question.path));
  const auto call =
      ComposeQuestion(*question.proxy, question.connection_path, asked);
  compat::CallAsync(
      *question.proxy, call,
      [this, id, asked](sdbus::MethodReply& reply, const sdbus::Error* error) {
        auto answer = ReadAnswer(reply, error, asked);
        if (answer) answers_.emplace_back(id, std::move(*answer));
      },
      kNoLimit);
}

void Agents::Send(const std::string& owner, const std::string& path,
                  const char* method, const std::string& connection_path,
                  const std::string& why) {
  try {
    const auto proxy = sdbus::createProxy(
        connection_, compat::ServiceName(owner), sdbus::ObjectPath(path));
    auto call = proxy->createMethodCall(
        compat::InterfaceName(org::bondd::Agent1_proxy::INTERFACE_NAME),
        compat::MethodName(method));
    if (!connection_path.empty()) {
      call << sdbus::ObjectPath(connection_path) << why;
    }
    call.dontExpectReply();
    proxy->callMethod(call);
  } catch (const sdbus::Error&) {
    // The agent or the bus is gone: nobody is left to be told.
  }
}

void Agents::Withdraw(QuestionId id, const std::string& why) {
  const auto entry = questions_.find(id);
  if (entry == questions_.end()) return;
  Send(entry->second.owner, entry->second.path, "Cancel",
       entry->second.connection_path, why);
  Forget(entry);
}

void Agents::WithdrawAllOf(const std::string& connection_path,
                           const std::string& why) {
  std::vector<QuestionId> ids;
  for (const auto& [id, question] : questions_) {
    if (question.connection_path == connection_path) ids.push_back(id);
  }
  for (const QuestionId id : ids) Withdraw(id, why);
}

void Agents::Forget(std::map<QuestionId, Question>::iterator question) {
  clients_.Unwatch(question->second.owner);
  questions_.erase(question);
}

void Agents::DropAllOf(const std::string& name) {
  if (default_ && default_->first == name) default_.reset();
  std::erase_if(registrations_,
                [&](const auto& agent) { return agent.owner == name; });
  for (const auto& [id, question] : questions_) {
    if (question.owner == name) {
      answers_.emplace_back(id, AgentRefusal::kGone);
    }
  }
}

std::vector<std::pair<QuestionId, AgentAnswer>> Agents::TakeAnswers() {
  std::vector<std::pair<QuestionId, AgentAnswer>> taken;
  for (auto& [id, answer] : std::exchange(answers_, {})) {
    const auto entry = questions_.find(id);
    if (entry == questions_.end()) continue;  // withdrawn, or answered before
    Forget(entry);
    taken.emplace_back(id, std::move(answer));
  }
  return taken;
}

}  // namespace bondd::dbus
