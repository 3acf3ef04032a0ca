#include "dbus/clients.h"

#include <utility>

namespace bondd::dbus {

namespace {

constexpr int kMessagesPerTurn = 16;
// The bus answers in microseconds; one that does not answer is as good as gone.
constexpr auto kLookUpLimit = std::chrono::seconds(5);

}  // namespace

Clients::Clients(BusConnection bus) : bus_(std::move(bus)) {
  bus_.get().setMethodCallTimeout(kLookUpLimit);
  driver_ = sdbus::createProxy(bus_.get(),
                               compat::ServiceName("org.freedesktop.DBus"),
                               sdbus::ObjectPath("/org/freedesktop/DBus"));
}

ApiResult<Caller> Clients::Identify(const std::string& name) {
  try {
    uint32_t uid = 0;
    driver_->callMethod("GetConnectionUnixUser")
        .onInterface("org.freedesktop.DBus")
        .withArguments(name)
        .storeResultsTo(uid);
    return Caller{name, uid};
  } catch (const sdbus::Error&) {
    return ApiFail("NotAuthorized", "the caller has left the bus");
  }
}

bool Clients::HasOwner(const std::string& name) {
  try {
    bool owned = false;
    driver_->callMethod("NameHasOwner")
        .onInterface("org.freedesktop.DBus")
        .withArguments(name)
        .storeResultsTo(owned);
    return owned;
  } catch (const sdbus::Error&) {
    return false;
  }
}

bool Clients::Watch(const std::string& name) {
  Watched& watched = watched_[name];
  if (watched.count++ > 0) return true;
  try {
    watched.match = compat::AddMatch(
        bus_.get(),
        "type='signal',sender='org.freedesktop.DBus',"
        "path='/org/freedesktop/DBus',interface='org.freedesktop.DBus',"
        "member='NameOwnerChanged',arg0='" +
            name + "'",
        [this, name](sdbus::Message&) { gone_.insert(name); });
    return true;
  } catch (const sdbus::Error&) {
    watched_.erase(name);
    return false;
  }
}

void Clients::Unwatch(const std::string& name) {
  const auto watched = watched_.find(name);
  if (watched == watched_.end()) return;
  if (--watched->second.count == 0) watched_.erase(watched);
}

Result<bool> Clients::Process() {
  for (int i = 0; i < kMessagesPerTurn; ++i) {
    auto more = bus_.ProcessOne();
    if (!more || !*more) return more;
  }
  return true;
}

std::vector<std::string> Clients::TakeGone() {
  std::vector<std::string> gone;
  for (const auto& name : std::exchange(gone_, {})) {
    if (watched_.erase(name) > 0) gone.push_back(name);
  }
  return gone;
}

}  // namespace bondd::dbus
