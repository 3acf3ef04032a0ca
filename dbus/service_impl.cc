#include "dbus/service_impl.h"

#include <poll.h>

#include "dbus/paths.h"

namespace bondd::dbus {

namespace {

// So many, and the loop serves the radio in between.
constexpr int kMessagesPerTurn = 16;
constexpr auto kFlushSlice = std::chrono::milliseconds(10);

}  // namespace

Service::Impl::Impl(const BusOptions& options, Operations& operations,
                    BusConnection bus, BusConnection look_up_bus,
                    PollSet poll_set)
    : bus_(std::move(bus)),
      poll_set_(std::move(poll_set)),
      name_(options.name),
      clients_(std::move(look_up_bus)),
      context_{operations, clients_, calls_, agents_},
      root_(bus_.get(), context_, options.version) {
  RefreshPoll();
}

std::optional<Time> Service::Impl::Deadline() const {
  const auto bus = bus_.Poll();
  const auto clients = clients_.Poll();
  if (agents_.HasAnswers() || bus.fd < 0 || clients.fd < 0) return Time{};
  return Earlier(bus.deadline, clients.deadline);
}

void Service::Impl::RefreshPoll() {
  const auto bus = bus_.Poll();
  const auto clients = clients_.Poll();
  poll_set_.Set(0, bus.fd, bus.events);
  poll_set_.Set(1, clients.fd, clients.events);
}

Result<bool> Service::Impl::Process() {
  Bury();
  if (auto clients = clients_.Process(); !clients) return clients;
  for (const auto& name : clients_.TakeGone()) HandleGone(name);
  HandOnAnswers();
  bool more = true;
  for (int i = 0; more && i < kMessagesPerTurn; ++i) {
    in_handler_ = true;
    const auto processed = bus_.ProcessOne();
    in_handler_ = false;
    Bury();
    HandOnAnswers();
    if (!processed) return processed;
    more = *processed;
  }
  RefreshPoll();
  return more || agents_.HasAnswers();
}

void Service::Impl::Flush(Duration limit) {
  context_.closing = true;
  for (Duration left = limit; left > Duration::zero(); left -= kFlushSlice) {
    const auto state = bus_.Poll();
    if (state.fd < 0 || (state.events & POLLOUT) == 0) break;
    pollfd waiting{state.fd, POLLOUT, 0};
    if (::poll(&waiting, 1, static_cast<int>(kFlushSlice.count())) < 0) break;
    in_handler_ = true;
    const auto processed = bus_.ProcessOne();
    in_handler_ = false;
    Bury();
    if (!processed) break;
  }
  context_.closing = false;
}

void Service::Impl::HandleGone(const std::string& name) {
  calls_.DropAllOf(name);
  agents_.DropAllOf(name);
  HandOnAnswers();
  context_.operations.OnClientGone(name);
}

void Service::Impl::HandOnAnswers() {
  for (auto& [question, answer] : agents_.TakeAnswers()) {
    context_.operations.OnAgentAnswer(question, std::move(answer));
  }
}

void Service::Impl::Bury() {
  connections_.Bury();
  bonds_.Bury();
  adapters_.Bury();
}

void Service::Impl::PublishAdapter(const AdapterProperties& adapter) {
  WithoutBusErrors(
      [&] { adapters_.Publish(adapter.name, adapter, CanEmit()); });
  UpdateAdapterList();
}

void Service::Impl::RemoveAdapter(const std::string& name) {
  WithoutBusErrors([&] { adapters_.Remove(name, CanEmit()); });
  UpdateAdapterList();
  if (!in_handler_) Bury();
}

void Service::Impl::UpdateAdapterList() {
  std::vector<sdbus::ObjectPath> paths;
  for (const auto& [name, object] : adapters_.objects()) {
    paths.emplace_back(AdapterPath(name));
  }
  WithoutBusErrors([&] { root_.SetAdapters(std::move(paths), CanEmit()); });
}

void Service::Impl::PublishConnection(const ConnectionProperties& connection) {
  WithoutBusErrors([&] {
    connections_.Publish({connection.adapter, connection.serial}, connection,
                         CanEmit());
  });
}

void Service::Impl::RemoveConnection(const ConnectionRef& connection) {
  if (const auto path = PathOf(connection)) {
    agents_.WithdrawAllOf(*path, "the link is gone");
  }
  WithoutBusErrors([&] {
    connections_.Remove({connection.adapter, connection.serial}, CanEmit());
  });
  if (!in_handler_) Bury();
}

void Service::Impl::PublishBond(const BondProperties& bond) {
  WithoutBusErrors([&] {
    bonds_.Publish(BondPath(bond.adapter, bond.identity), bond, CanEmit());
  });
}

void Service::Impl::PublishStoreNotices(
    const std::vector<std::string>& notices) {
  WithoutBusErrors([&] { root_.SetStoreNotices(notices, CanEmit()); });
}

void Service::Impl::RemoveBond(const std::string& adapter,
                               const DeviceAddress& identity) {
  WithoutBusErrors(
      [&] { bonds_.Remove(BondPath(adapter, identity), CanEmit()); });
  if (!in_handler_) Bury();
}

std::optional<std::string> Service::Impl::PathOf(
    const ConnectionRef& connection) const {
  const ConnectionObject* object =
      connections_.Find({connection.adapter, connection.serial});
  if (!object) return std::nullopt;
  return object->path();
}

}  // namespace bondd::dbus
