#include "dbus/service.h"

#include <poll.h>

#include <utility>

#include "dbus/paths.h"
#include "dbus/service_impl.h"

namespace bondd::dbus {

Result<std::unique_ptr<Service>> Service::Connect(const BusOptions& options,
                                                  Operations& operations) {
  auto bus = BusConnection::Open(options.bus);
  if (!bus) return std::unexpected(std::move(bus.error()));
  auto look_up_bus = BusConnection::Open(options.bus);
  if (!look_up_bus) return std::unexpected(std::move(look_up_bus.error()));
  auto poll_set = PollSet::Open();
  if (!poll_set) return std::unexpected(std::move(poll_set.error()));
  try {
    return std::unique_ptr<Service>(new Service(
        std::make_unique<Impl>(options, operations, std::move(*bus),
                               std::move(*look_up_bus), std::move(*poll_set))));
  } catch (const sdbus::Error& error) {
    return Fail(ErrorCode::kIo, "cannot put the objects on the D-Bus bus: " +
                                    error.getMessage());
  }
}

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Service::~Service() = default;

Result<void> Service::CheckName() {
  if (!impl_->clients_.HasOwner(impl_->name_)) return {};
  return Fail(ErrorCode::kBusy, "cannot own the bus name " + impl_->name_ +
                                    ": another bondd is running");
}

Result<void> Service::AcquireName() {
  auto requested = impl_->bus_.RequestName(impl_->name_);
  impl_->name_owned_ = requested.has_value();
  return requested;
}

void Service::ReleaseName() {
  if (!impl_->name_owned_) return;
  impl_->agents_.ReleaseAll();
  impl_->name_owned_ = false;
  impl_->bus_.ReleaseName(impl_->name_);
}

int Service::fd() const { return impl_->poll_set_.fd(); }

short Service::PollEvents() const {
  impl_->RefreshPoll();
  return POLLIN;
}

std::optional<Time> Service::Deadline() const { return impl_->Deadline(); }

Result<bool> Service::Process() { return impl_->Process(); }

void Service::Flush(Duration limit) { impl_->Flush(limit); }

void Service::Publish(const AdapterProperties& adapter) {
  impl_->PublishAdapter(adapter);
}

void Service::Publish(const ConnectionProperties& connection) {
  impl_->PublishConnection(connection);
}

void Service::Publish(const BondProperties& bond) { impl_->PublishBond(bond); }

void Service::PublishStoreNotices(const std::vector<std::string>& notices) {
  impl_->PublishStoreNotices(notices);
}

void Service::RemoveAdapter(const std::string& name) {
  impl_->RemoveAdapter(name);
}

void Service::RemoveConnection(const ConnectionRef& connection) {
  impl_->RemoveConnection(connection);
}

void Service::RemoveBond(const std::string& adapter,
                         const DeviceAddress& identity) {
  impl_->RemoveBond(adapter, identity);
}

std::string Service::AdapterPath(const std::string& name) {
  return dbus::AdapterPath(name);
}

std::string Service::ConnectionPath(const std::string& adapter, uint16_t handle,
                                    uint32_t serial) {
  return dbus::ConnectionPath(adapter, handle, serial);
}

std::string Service::BondPath(const std::string& adapter,
                              const DeviceAddress& identity) {
  return dbus::BondPath(adapter, identity);
}

void Service::Reply(CallId call, const ReplyValue& value) {
  impl_->calls_.Reply(call, value);
}

void Service::ReplyError(CallId call, const ApiError& error) {
  impl_->calls_.ReplyError(call, error);
}

void Service::EmitDeviceFound(const std::string& adapter,
                              const Dictionary& device) {
  impl_->EmitOn(adapter, [&](AdapterObject& object) {
    object.emitDeviceFound(WireDictionary(device));
  });
}

void Service::EmitPairingRequested(const ConnectionRef& connection,
                                   const Dictionary& features) {
  impl_->EmitOn(connection, [&](ConnectionObject& object) {
    object.emitPairingRequested(WireDictionary(features));
  });
}

void Service::EmitSecurityRequested(const ConnectionRef& connection,
                                    const Dictionary& features) {
  impl_->EmitOn(connection, [&](ConnectionObject& object) {
    object.emitSecurityRequested(WireDictionary(features));
  });
}

void Service::EmitKeypress(const ConnectionRef& connection,
                           smp::KeypressType type) {
  impl_->EmitOn(connection, [&](ConnectionObject& object) {
    object.emitKeypress(std::string(ToString(type)));
  });
}

void Service::EmitKeysReceived(const ConnectionRef& connection,
                               const std::vector<std::string>& local,
                               const std::vector<std::string>& remote) {
  impl_->EmitOn(connection, [&](ConnectionObject& object) {
    object.emitKeysReceived(local, remote);
  });
}

void Service::EmitPairingCompleted(const ConnectionRef& connection,
                                   const Dictionary& result) {
  impl_->EmitOn(connection, [&](ConnectionObject& object) {
    object.emitPairingCompleted(WireDictionary(result));
  });
}

void Service::EmitDisconnected(const ConnectionRef& connection,
                               uint8_t reason) {
  impl_->EmitOn(connection, [&](ConnectionObject& object) {
    object.emitDisconnected(reason);
  });
}

void Service::EmitPduTraced(const ConnectionRef& connection,
                            const std::string& direction,
                            const std::string& name, uint64_t microseconds) {
  impl_->EmitOn(connection, [&](ConnectionObject& object) {
    object.emitPduTraced(direction, name, microseconds);
  });
}

std::optional<AgentRef> Service::FindAgent(
    const std::optional<std::string>& option_agent,
    const std::optional<Caller>& starter) const {
  return impl_->agents_.Find(option_agent, starter);
}

QuestionId Service::Ask(const AgentRef& agent, const ConnectionRef& connection,
                        AgentQuestion question) {
  // A link that is not published has no path that an agent could use.
  return impl_->agents_.Ask(agent, impl_->PathOf(connection).value_or("/"),
                            std::move(question));
}

void Service::Withdraw(QuestionId question, const std::string& why) {
  impl_->agents_.Withdraw(question, why);
}

}  // namespace bondd::dbus
