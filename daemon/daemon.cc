#include "daemon/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace bondd::daemon {

namespace {

// simN and h4N are counted from 0 in the order given.
std::string NameOf(const config::AdapterSpec& spec, unsigned& sims,
                   unsigned& sockets) {
  switch (spec.kind) {
    case config::AdapterKind::kHci:
      return spec.text;
    case config::AdapterKind::kSim:
      return fmt::format("sim{}", sims++);
    case config::AdapterKind::kUnixSocket:
    case config::AdapterKind::kTcpSocket:
      break;
  }
  return fmt::format("h4{}", sockets++);
}

}  // namespace

Daemon::Daemon(DaemonOptions options, const Journal& journal,
               std::unique_ptr<bonds::Store> store)
    : options_(std::move(options)),
      journal_(journal),
      transports_(air_),
      store_(std::move(store)) {}

Daemon::~Daemon() {
  // Links speak to the bus and to controllers; controllers to the air.
  adapters_.clear();
  servers_.clear();
}

Result<std::unique_ptr<Daemon>> Daemon::Start(DaemonOptions options,
                                              const Journal& journal,
                                              Time now) {
  auto store = bonds::Store::Open({.directory = options.state_directory,
                                   .max_bonds = options.config.max_bonds,
                                   .credentials = options.credentials});
  if (!store) return std::unexpected(store.error());
  std::unique_ptr<Daemon> daemon(
      new Daemon(std::move(options), journal, std::move(*store)));
  if (auto opened = daemon->Open(now); !opened) {
    return std::unexpected(opened.error());
  }
  return daemon;
}

Result<void> Daemon::Open(Time now) {
  auto bus = dbus::Service::Connect(options_.bus, *this);
  if (!bus) return std::unexpected(bus.error());
  bus_ = std::move(*bus);
  context_.emplace(Context{options_.config, journal_, *store_, *bus_, random_,
                           key_pairs_, addresses_, options_.wait, now});
  for (const std::string& path : options_.sim_listen) {
    sim::ControllerOptions controller;
    // Apart from the addresses of the daemon's own adapters.
    const auto index = static_cast<uint8_t>(0xF0 + servers_.size());
    controller.public_address = SimAddress(index);
    auto server = sim::H4Server::Listen(air_, path, std::move(controller));
    if (!server) return std::unexpected(server.error());
    servers_.push_back(std::move(*server));
  }
  ReadStore();
  // Whoever has the name has the adapters, too.
  if (auto free = bus_->CheckName(); !free) return free;
  // The name comes last: who owns it is ready.
  if (auto opened = OpenAdapters(); !opened) return opened;
  return bus_->AcquireName();
}

Result<void> Daemon::OpenAdapters() {
  unsigned sims = 0;
  unsigned sockets = 0;
  for (const config::AdapterSpec& spec : options_.config.adapters) {
    const auto sim_index = static_cast<uint8_t>(sims);
    const std::string name = NameOf(spec, sims, sockets);
    auto adapter = std::make_unique<Adapter>(*context_, transports_, spec, name,
                                             sim_index);
    adapter->OpenOrWait();
    if (spec.kind == config::AdapterKind::kHci && !management_) {
      // Without it, an absent adapter is tried again by time alone.
      if (auto management = hci::Management::Open()) {
        management_ = std::move(*management);
      }
    }
    adapters_.push_back(std::move(adapter));
  }
  return CheckAdapters();
}

Result<void> Daemon::CheckAdapters() const {
  for (const auto& adapter : adapters_) {
    const std::optional<Error>& error = adapter->start_error();
    if (!error) continue;
    return Fail(error->code,
                fmt::format("adapter {}: {}", adapter->name(), error->message));
  }
  return {};
}

std::vector<pollfd> Daemon::Interests() const {
  std::vector<pollfd> fds;
  if (!bus_gone_) fds.push_back({bus_->fd(), bus_->PollEvents(), 0});
  fds.push_back({store_->fd(), POLLIN, 0});
  if (management_) fds.push_back({management_->fd(), POLLIN, 0});
  for (const auto& adapter : adapters_) {
    if (adapter->fd() < 0) continue;
    short events = POLLIN;
    if (adapter->WantsWrite()) events |= POLLOUT;
    fds.push_back({adapter->fd(), events, 0});
  }
  for (const auto& server : servers_) {
    for (const sim::H4Server::Interest& interest : server->Interests()) {
      short events = 0;
      if (interest.readable) events |= POLLIN;
      if (interest.writable) events |= POLLOUT;
      fds.push_back({interest.fd, events, 0});
    }
  }
  return fds;
}

std::optional<Time> Daemon::Deadline() const {
  std::optional<Time> deadline = Earlier(air_.Deadline(), stop_adapters_at_);
  if (!bus_gone_) deadline = Earlier(deadline, bus_->Deadline());
  for (const auto& adapter : adapters_) {
    deadline = Earlier(deadline, adapter->Deadline());
  }
  for (const auto& server : servers_) {
    deadline = Earlier(deadline, server->Deadline());
  }
  return deadline;
}

Result<bool> Daemon::Turn(Time now) {
  context_->now = now;
  bool more = false;
  air_.Advance(now);
  for (const auto& server : servers_) {
    auto notices = server->Service(now);
    if (!notices) return std::unexpected(notices.error());
  }
  ReadManagement();
  for (const auto& adapter : adapters_) more |= adapter->Turn();
  ReadStore();
  StopAdapters();
  if (!bus_gone_) {
    auto processed = bus_->Process();
    if (!processed) {
      bus_gone_ = true;
      return std::unexpected(processed.error());
    }
    more |= *processed;
  }
  // Calls from the bus may have given the adapters something to do at once.
  for (const auto& adapter : adapters_) more |= adapter->Turn();
  if (auto checked = CheckAdapters(); !checked) {
    return std::unexpected(checked.error());
  }
  if (!more) key_pairs_.Refill();
  return more;
}

void Daemon::ReadStore() {
  for (const bonds::Completion& completion : store_->TakeCompletions()) {
    const bool taken =
        std::any_of(adapters_.begin(), adapters_.end(),
                    [&](const auto& a) { return a->OnStored(completion); });
    // LastUsed and the like of a bond that was removed meanwhile.
    const bool gone = !completion.outcome &&
                      completion.outcome.error().code == ErrorCode::kNotFound;
    if (!taken && !completion.outcome && !gone) {
      journal_.Write(LogLevel::kError, completion.outcome.error().message);
    }
  }
  for (bonds::Notice& notice : store_->TakeNotices()) {
    journal_.Write(notice.level, notice.message);
    if (notice.level > LogLevel::kWarning) continue;
    // The first ones tell what went wrong, the others what came of it.
    constexpr size_t kMaxNotices = 64;
    if (store_notices_.size() >= kMaxNotices) continue;
    store_notices_.push_back(std::move(notice.message));
    bus_->PublishStoreNotices(store_notices_);
  }
}

void Daemon::ReadManagement() {
  while (management_) {
    auto event = management_->Read();
    if (!event) {
      journal_.Write(LogLevel::kWarning, event.error().message);
      management_.reset();
      return;
    }
    if (!*event) return;
    const std::string name = fmt::format("hci{}", (*event)->index);
    for (const auto& adapter : adapters_) {
      if ((*event)->added && adapter->name() == name && adapter->down()) {
        adapter->OpenOrWait();
      }
    }
  }
}

void Daemon::BeginShutdown(Time now) {
  context_->now = now;
  // Whoever waits for the disk is answered before the links go.
  constexpr Duration kLimit = std::chrono::seconds(2);
  shutting_down_ = true;
  store_->EndTransfers();
  stop_adapters_at_ = now + kLimit;
  StopAdapters();
}

void Daemon::StopAdapters() {
  if (!stop_adapters_at_) return;
  const bool storing =
      std::any_of(adapters_.begin(), adapters_.end(),
                  [](const auto& adapter) { return adapter->storing(); });
  if (storing && context_->now < *stop_adapters_at_) return;
  stop_adapters_at_.reset();
  for (const auto& adapter : adapters_) adapter->Shutdown();
}

void Daemon::EndShutdown() {
  constexpr Duration kLimit = std::chrono::milliseconds(500);
  store_->Drain();
  ReadStore();
  bus_->ReleaseName();
  bus_->Flush(kLimit);
}

bool Daemon::finished() const {
  return shutting_down_ && !stop_adapters_at_ &&
         std::all_of(adapters_.begin(), adapters_.end(),
                     [](const auto& adapter) { return adapter->down(); });
}

Adapter& Daemon::Find(const std::string& name) {
  const auto it =
      std::find_if(adapters_.begin(), adapters_.end(),
                   [&](const auto& a) { return a->name() == name; });
  assert(it != adapters_.end() && (*it)->ready());
  return **it;
}

Link& Daemon::Find(const dbus::ConnectionRef& ref) {
  Link* link = Find(ref.adapter).FindLink(ref.serial);
  assert(link != nullptr);
  return *link;
}

}  // namespace bondd::daemon
