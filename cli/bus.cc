#include "cli/bus.h"

#include <utility>

#include "cli/message.h"
#include "dbus/sdbus_compat.h"

namespace bondd::cli {

namespace {

namespace compat = bondd::dbus::compat;

constexpr char kBusService[] = "org.freedesktop.DBus";
constexpr char kBusPath[] = "/org/freedesktop/DBus";
constexpr char kProperties[] = "org.freedesktop.DBus.Properties";

Failure FailureOf(const sdbus::Error& error) {
  return {std::string(error.getName()), std::string(error.getMessage()),
          nullptr};
}

std::string FullName(const std::string& interface) {
  return interface.find('.') == std::string::npos ? "org.bondd." + interface : interface;
}

std::unique_ptr<sdbus::IConnection> Connect(const std::string& bus) {
  if (bus == "system") return sdbus::createSystemBusConnection();
  if (bus == "session") return sdbus::createSessionBusConnection();
  return sdbus::createSessionBusConnectionWithAddress(bus);
}

}  // namespace

PendingCall::PendingCall() = default;
PendingCall::~PendingCall() = default;

Listener::Listener(Bus& bus, Handler handler)
    : bus_(bus), handler_(std::move(handler)) {
  bus_.listeners_.push_back(this);
}
Listener::~Listener() { std::erase(bus_.listeners_, this); }

struct Bus::Subscription {
  sdbus::Slot slot;
};

Outcome<std::unique_ptr<Bus>> Bus::Open(Loop& loop, const std::string& bus,
                                        const std::string& name) {
  try {
    return std::unique_ptr<Bus>(new Bus(loop, name, Connect(bus)));
  } catch (const sdbus::Error& error) {
    return Fail("org.freedesktop.DBus.Error.NoServer",
                "cannot connect to the bus '" + bus +
                    "': " + std::string(error.getMessage()));
  }
}

Bus::Bus(Loop& loop, std::string name,
         std::unique_ptr<sdbus::IConnection> connection)
    : loop_(loop), name_(std::move(name)), connection_(std::move(connection)) {
  loop_.Add(*this);
}

Bus::~Bus() { loop_.Remove(*this); }

std::unique_ptr<PendingCall> Bus::Start(const std::string& path,
                                        const std::string& interface,
                                        const std::string& member,
                                        const CallArguments& arguments) {
  return StartTo(name_, path, FullName(interface), member, arguments);
}

std::unique_ptr<PendingCall> Bus::StartTo(const std::string& destination,
                                          const std::string& path,
                                          const std::string& interface,
                                          const std::string& member,
                                          const CallArguments& arguments) {
  auto pending = std::make_unique<PendingCall>();
  try {
    pending->proxy_ =
        sdbus::createProxy(*connection_, compat::ServiceName(destination),
                           sdbus::ObjectPath(path));
    auto call = pending->proxy_->createMethodCall(
        compat::InterfaceName(interface), compat::MethodName(member));
    for (const Argument& argument : arguments) Append(call, argument);
    compat::CallAsync(
        *pending->proxy_, call,
        [pending = pending.get()](sdbus::MethodReply& reply,
                                  const sdbus::Error* error) {
          try {
            if (error != nullptr) {
              pending->outcome_ = std::unexpected(FailureOf(*error));
            } else {
              pending->outcome_ = ReadArguments(reply);
            }
          } catch (const sdbus::Error& unreadable) {
            pending->outcome_ = std::unexpected(FailureOf(unreadable));
          }
        },
        UINT64_MAX);
  } catch (const sdbus::Error& error) {
    pending->outcome_ = std::unexpected(FailureOf(error));
  }
  return pending;
}

Outcome<Json> Bus::Await(std::unique_ptr<PendingCall> call) {
  constexpr std::chrono::seconds kPatience(30);
  switch (loop_.RunUntil([&] { return call->done() || !alive_; },
                         Now() + kPatience)) {
    case Wake::kInterrupted:
      return Interrupted();
    case Wake::kTimedOut:
      return Fail("org.freedesktop.DBus.Error.NoReply", "bondd hangs");
    case Wake::kDone:
      break;
  }
  if (call->done()) return call->outcome();
  return Fail("org.freedesktop.DBus.Error.Disconnected", "the bus is gone");
}

Outcome<Json> Bus::Call(const std::string& path, const std::string& interface,
                        const std::string& member,
                        const CallArguments& arguments) {
  return Await(Start(path, interface, member, arguments));
}

Outcome<Json> Bus::CallBus(const std::string& member,
                           const CallArguments& arguments) {
  return Await(StartTo(kBusService, kBusPath, kBusService, member, arguments));
}

Outcome<void> Bus::SetProperty(const std::string& path,
                               const std::string& interface,
                               const std::string& name, Variant value) {
  const auto reply = Call(path, kProperties, "Set",
                          {FullName(interface), name, std::move(value)});
  if (!reply) return std::unexpected(reply.error());
  return {};
}

Outcome<std::unique_ptr<Listener>> Bus::Listen(Listener::Handler handler) {
  if (!subscription_) {
    try {
      subscription_ =
          std::make_unique<Subscription>(Subscription{compat::AddMatch(
              *connection_, "type='signal',sender='" + name_ + "'",
              [this](sdbus::Message& message) { OnSignal(message); })});
    } catch (const sdbus::Error& error) {
      return std::unexpected(FailureOf(error));
    }
  }
  return std::make_unique<Listener>(*this, std::move(handler));
}

void Bus::OnSignal(sdbus::Message& message) {
  try {
    const Signal signal{
        std::string(message.getPath()), std::string(message.getInterfaceName()),
        std::string(message.getMemberName()), ReadArguments(message)};
    for (const Listener* listener : listeners_) listener->handler_(signal);
  } catch (const sdbus::Error&) {
    // Not a signal that bondd emits.
  } catch (const Json::exception&) {
    // Neither.
  }
}

int Bus::fd() const { return alive_ ? compat::Poll(*connection_).fd : -1; }
short Bus::events() const {
  return alive_ ? compat::Poll(*connection_).events : short{0};
}
std::optional<Time> Bus::deadline() const {
  return alive_ ? compat::Poll(*connection_).deadline : std::nullopt;
}

void Bus::Serve() {
  try {
    while (alive_ && compat::ProcessOne(*connection_)) {
    }
  } catch (const sdbus::Error&) {
    alive_ = false;
  }
}

}  // namespace bondd::cli
