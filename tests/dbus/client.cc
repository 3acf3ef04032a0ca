#include "tests/dbus/client.h"

#include <stdexcept>

namespace bondd::dbus::test {

namespace {

constexpr char kErrorPrefix[] = "org.bondd.Error.";
constexpr char kProperties[] = "org.freedesktop.DBus.Properties";

BusConnection OpenBus(const std::string& address) {
  auto bus = BusConnection::Open(address);
  if (!bus) throw std::runtime_error(bus.error().message);
  return std::move(*bus);
}

std::pair<std::string, std::string> SplitMember(const std::string& name) {
  const size_t dot = name.rfind('.');
  std::string interface = name.substr(0, dot);
  if (interface.find('.') == std::string::npos) {
    interface = "org.bondd." + interface;
  }
  return {interface, name.substr(dot + 1)};
}

template <typename T>
T Read(sdbus::Message& message) {
  T value{};
  message >> value;
  return value;
}

void ReadArguments(sdbus::Message& message, HeardSignal& signal) {
  const std::string& member = signal.member;
  const auto read_names = [&] {
    for (const auto& name : Read<std::vector<std::string>>(message)) {
      signal.texts.push_back(name);
    }
  };
  if (member == "PropertiesChanged") {
    signal.texts.push_back(Read<std::string>(message));
    signal.values = Read<Options>(message);
  } else if (member == "InterfacesAdded") {
    signal.texts.push_back(Read<sdbus::ObjectPath>(message));
    for (auto& [name, values] : Read<std::map<std::string, Options>>(message)) {
      signal.texts.push_back(name);
      signal.values.merge(values);
    }
  } else if (member == "InterfacesRemoved") {
    signal.texts.push_back(Read<sdbus::ObjectPath>(message));
    read_names();
  } else if (member == "KeysReceived") {
    read_names();
    read_names();
  } else if (member == "Keypress") {
    signal.texts.push_back(Read<std::string>(message));
  } else if (member == "Disconnected") {
    signal.number = Read<uint8_t>(message);
  } else if (member == "PduTraced") {
    signal.texts.push_back(Read<std::string>(message));
    signal.texts.push_back(Read<std::string>(message));
    signal.number = Read<uint64_t>(message);
  } else {
    signal.values = Read<Options>(message);
  }
}

}  // namespace

Client::Client(const std::string& address)
    : bus_(OpenBus(address)), name_(bus_.get().getUniqueName()) {}

bool Client::Process() {
  while (true) {
    const auto more = bus_.ProcessOne();
    if (!more) return false;
    if (!*more) return true;
  }
}

sdbus::IProxy& Client::ProxyOf(const std::string& path) {
  auto& proxy = proxies_[path];
  if (!proxy) {
    proxy = sdbus::createProxy(bus_.get(), compat::ServiceName("org.bondd"),
                               sdbus::ObjectPath(path));
  }
  return *proxy;
}

sdbus::MethodCall Client::Compose(const std::string& path,
                                  const std::string& method) {
  const auto [interface, member] = SplitMember(method);
  return ProxyOf(path).createMethodCall(compat::InterfaceName(interface),
                                        compat::MethodName(member));
}

std::shared_ptr<Outcome> Client::Send(const std::string& path,
                                      const sdbus::MethodCall& call) {
  auto outcome = std::make_shared<Outcome>();
  compat::CallAsync(
      ProxyOf(path), call,
      [outcome](sdbus::MethodReply& reply, const sdbus::Error* error) {
        outcome->done = true;
        if (!error) {
          outcome->reply =
              std::make_unique<sdbus::MethodReply>(std::move(reply));
          return;
        }
        outcome->error = error->getName();
        outcome->message = error->getMessage();
        if (outcome->error.starts_with(kErrorPrefix)) {
          outcome->error.erase(0, sizeof(kErrorPrefix) - 1);
        }
      },
      UINT64_MAX);
  return outcome;
}

std::shared_ptr<Outcome> Client::Get(const std::string& path,
                                     const std::string& property) {
  const auto [interface, member] = SplitMember(property);
  return Call(path, std::string(kProperties) + ".Get", interface, member);
}

std::shared_ptr<Outcome> Client::Set(const std::string& path,
                                     const std::string& property,
                                     const sdbus::Variant& value) {
  const auto [interface, member] = SplitMember(property);
  return Call(path, std::string(kProperties) + ".Set", interface, member,
              value);
}

void Client::Listen() {
  match_ = compat::AddMatch(
      bus_.get(), "type='signal',path_namespace='/org/bondd'",
      [this](sdbus::Message& message) {
        HeardSignal signal{std::string(message.getPath()),
                           std::string(message.getInterfaceName()),
                           std::string(message.getMemberName()),
                           {},
                           {},
                           0};
        ReadArguments(message, signal);
        heard_.push_back(std::move(signal));
      });
}

std::vector<std::string> Client::HeardNames() const {
  std::vector<std::string> names;
  for (const auto& signal : heard_) {
    names.push_back(signal.path + " " + signal.interface + " " + signal.member);
  }
  return names;
}

}  // namespace bondd::dbus::test
