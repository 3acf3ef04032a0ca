#include "dbus/root_object.h"

#include <utility>

#include "dbus/option_reader.h"
#include "dbus/options.h"
#include "dbus/paths.h"

namespace bondd::dbus {

namespace {

// A path of more than this is nothing that a program would choose.
void CheckPath(const std::string& path) {
  if (path.size() > kMaxStringLength) {
    throw ToSdbusError(InvalidArgument("agent", "is too long a path"));
  }
}

}  // namespace

RootObject::RootObject(sdbus::IConnection& connection, HandlerContext& context,
                       std::string version)
    : AdaptorInterfaces(connection, sdbus::ObjectPath(kRootPath)),
      context_(context),
      version_(std::move(version)) {
  registerAdaptor();
  getObject().addObjectManager();
}

RootObject::~RootObject() { unregisterAdaptor(); }

void RootObject::SetAdapters(std::vector<sdbus::ObjectPath> adapters,
                             bool emit) {
  if (adapters == adapters_) return;
  adapters_ = std::move(adapters);
  if (!emit) return;
  EmitChanged(getObject(), Manager1_adaptor::INTERFACE_NAME,
              std::vector<std::string>{"Adapters"});
}

void RootObject::SetStoreNotices(std::vector<std::string> notices, bool emit) {
  store_notices_ = std::move(notices);
  if (!emit) return;
  EmitChanged(getObject(), Manager1_adaptor::INTERFACE_NAME,
              std::vector<std::string>{"StoreNotices"});
}

WireDictionary RootObject::Predict(const WireDictionary& local,
                                   const WireDictionary& peer) {
  return RunHandler(context_, [&] {
    const auto ours = Unwrap(ParsePairingOptions(local.entries));
    const auto theirs = Unwrap(ParsePairingOptions(peer.entries));
    return WireDictionary(Unwrap(context_.operations.Predict(ours, theirs)));
  });
}

void RootObject::RegisterAgent(const sdbus::ObjectPath& agent,
                               const std::string& capability,
                               const WireDictionary& options) {
  RunHandler(context_, [&] {
    CheckPath(agent);
    const auto parsed = Unwrap(ParseCapability(capability));
    Unwrap(ParseNoOptions(options.entries));
    Unwrap(
        context_.agents.Register(compat::Sender(getObject()), agent, parsed));
  });
}

void RootObject::UnregisterAgent(const sdbus::ObjectPath& agent) {
  RunHandler(context_, [&] {
    Unwrap(context_.agents.Unregister(compat::Sender(getObject()), agent));
  });
}

void RootObject::RequestDefaultAgent(const sdbus::ObjectPath& agent) {
  RunHandler(context_, [&] {
    Unwrap(context_.agents.RequestDefault(compat::Sender(getObject()), agent));
  });
}

}  // namespace bondd::dbus
