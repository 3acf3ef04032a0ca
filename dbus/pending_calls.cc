#include "dbus/pending_calls.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "common/unique_fd.h"
#include "dbus/api_error.h"

namespace bondd::dbus {

namespace {

// The kernel hands out the lowest free number, which so tells how many are
// taken. Half of what the process may have is left to adapters and the store.
bool DescriptorsRunShort(int any_fd) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  const UniqueFd lowest(::fcntl(any_fd, F_DUPFD_CLOEXEC, 0));
  return !lowest || static_cast<rlim_t>(lowest.get()) >= limit.rlim_cur / 2;
}

using Paths = std::vector<sdbus::ObjectPath>;

// Each answer type takes one kind of value; a daemon that gives another is
// broken.
struct Send {
  const ReplyValue& value;

  void operator()(const sdbus::Result<>& answer) const {
    assert(std::holds_alternative<NoValue>(value));
    answer.returnResults();
  }
  void operator()(const sdbus::Result<sdbus::ObjectPath>& answer) const {
    answer.returnResults(
        sdbus::ObjectPath(std::get<ObjectPathValue>(value).path));
  }
  void operator()(const sdbus::Result<WireDictionary>& answer) const {
    answer.returnResults(WireDictionary(std::get<Dictionary>(value)));
  }
  void operator()(const sdbus::Result<uint32_t>& answer) const {
    answer.returnResults(std::get<uint32_t>(value));
  }
  void operator()(const sdbus::Result<Paths>& answer) const {
    Paths paths;
    for (const auto& item : std::get<std::vector<ObjectPathValue>>(value)) {
      paths.emplace_back(item.path);
    }
    answer.returnResults(paths);
  }
};

}  // namespace

ApiResult<PendingCalls::Admitted> PendingCalls::Admit(const std::string& name,
                                                      Answer&& answer) {
  if (!clients_.Watch(name)) return ApiFail("Busy", "too many callers");
  auto caller = CheckLimits(name);
  if (!caller) {
    clients_.Unwatch(name);
    return std::unexpected(std::move(caller.error()));
  }
  const CallId id{++last_};
  calls_.emplace(id, Call{*caller, std::move(answer)});
  return Admitted{id, std::move(*caller)};
}

ApiResult<Caller> PendingCalls::CheckLimits(const std::string& name) const {
  auto caller = clients_.Identify(name);
  if (!caller) return caller;
  const auto of_uid = std::ranges::count_if(calls_, [&](const auto& entry) {
    return entry.second.caller.uid == caller->uid;
  });
  if (calls_.size() >= kMax || static_cast<size_t>(of_uid) >= kMaxPerUid) {
    return ApiFail("Busy", "too many calls wait for their answers");
  }
  if (DescriptorsRunShort(clients_.Poll().fd)) {
    return ApiFail("Busy", "file descriptors run short");
  }
  return caller;
}

void PendingCalls::Reply(CallId call, const ReplyValue& value) {
  const auto entry = calls_.find(call);
  if (entry == calls_.end()) return;
  try {
    std::visit(Send{value}, entry->second.answer);
  } catch (const sdbus::Error&) {
    // The bus is gone, and with it the caller.
  }
  Drop(call);
}

void PendingCalls::ReplyError(CallId call, const ApiError& error) {
  const auto entry = calls_.find(call);
  if (entry == calls_.end()) return;
  try {
    std::visit(
        [&](const auto& answer) { answer.returnError(ToSdbusError(error)); },
        entry->second.answer);
  } catch (const sdbus::Error&) {
    // The bus is gone, and with it the caller.
  }
  Drop(call);
}

void PendingCalls::Drop(CallId call) {
  const auto entry = calls_.find(call);
  if (entry == calls_.end()) return;
  clients_.Unwatch(entry->second.caller.name);
  calls_.erase(entry);
}

void PendingCalls::DropAllOf(const std::string& name) {
  std::erase_if(calls_, [&](const auto& entry) {
    return entry.second.caller.name == name;
  });
}

}  // namespace bondd::dbus
