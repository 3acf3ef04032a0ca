// Method calls that wait for their answer.

#ifndef BONDD_DBUS_PENDING_CALLS_H_
#define BONDD_DBUS_PENDING_CALLS_H_

#include <cstddef>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "dbus/clients.h"
#include "dbus/operations.h"
#include "dbus/sdbus_compat.h"
#include "dbus/wire.h"

namespace bondd::dbus {

// Owned by Service: takes the sdbus::Result of a call in, answers it when
// Operations has its result, forgets it when its caller leaves the bus. The
// callers are watched meanwhile.
class PendingCalls {
 public:
  static constexpr size_t kMaxPerUid = 64;
  static constexpr size_t kMax = 256;

  using Answer =
      std::variant<sdbus::Result<>, sdbus::Result<sdbus::ObjectPath>,
                   sdbus::Result<WireDictionary>, sdbus::Result<uint32_t>,
                   sdbus::Result<std::vector<sdbus::ObjectPath>>>;

  // `clients` is borrowed.
  explicit PendingCalls(Clients& clients) : clients_(clients) {}

  struct Admitted {
    CallId id;
    Caller caller;
  };

  // `name` is the caller's unique name. Fails with NotAuthorized when it has
  // left the bus already; with Busy at the limits, or when descriptors run
  // short: each waiting call keeps those that came with it. `answer` is taken
  // only on success.
  ApiResult<Admitted> Admit(const std::string& name, Answer&& answer);
  // Nothing happens when the call is gone.
  void Reply(CallId call, const ReplyValue& value);
  void ReplyError(CallId call, const ApiError& error);
  void Drop(CallId call);
  void DropAllOf(const std::string& name);

 private:
  struct Call {
    Caller caller;
    Answer answer;
  };

  ApiResult<Caller> CheckLimits(const std::string& name) const;

  Clients& clients_;
  std::map<CallId, Call> calls_;
  uint64_t last_ = 0;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_PENDING_CALLS_H_
