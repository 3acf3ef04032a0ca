#include "tests/integration/bus.h"

#include <fmt/core.h>
#include <poll.h>
#include <string.h>

#include <stdexcept>

#include "tests/integration/bus_values.h"

namespace bondd::integration {
namespace {

constexpr char kDaemon[] = "org.bondd";
constexpr uint64_t kNoLimit = UINT64_MAX;

void Check(int result, const std::string& what) {
  if (result < 0) {
    throw std::runtime_error(fmt::format("{}: {}", what, strerror(-result)));
  }
}

}  // namespace

Json IncomingCall::arguments() const { return ReadValues(message_); }

void IncomingCall::Reply(const std::string& signature, const Json& values) {
  sd_bus_message* reply = nullptr;
  Check(sd_bus_message_new_method_return(message_, &reply), "agent's reply");
  const std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)> owner(
      reply, &sd_bus_message_unref);
  AppendValues(reply, signature, values);
  Check(sd_bus_send(nullptr, reply, nullptr), "agent's reply");
}

void IncomingCall::Refuse(const std::string& error,
                          const std::string& message) {
  Check(sd_bus_reply_method_errorf(message_, error.c_str(), "%s",
                                   message.c_str()),
        "agent's refusal");
}

BusClient::BusClient(Loop& loop, const std::string& address) : loop_(loop) {
  Check(sd_bus_new(&bus_), "bus");
  Check(sd_bus_set_address(bus_, address.c_str()), address);
  Check(sd_bus_set_bus_client(bus_, 1), address);
  Check(sd_bus_start(bus_), address);
  Check(sd_bus_match_signal(bus_, nullptr, kDaemon, nullptr, nullptr, nullptr,
                            OnSignal, this),
        "match");
  // Whoever waits for the name wakes when it comes.
  Check(sd_bus_match_signal(bus_, nullptr, "org.freedesktop.DBus", nullptr,
                            nullptr, "NameOwnerChanged", nullptr, nullptr),
        "match");
  loop_.Add(*this);
}

BusClient::~BusClient() {
  loop_.Remove(*this);
  sd_bus_flush_close_unref(bus_);
}

std::unique_ptr<Call> BusClient::StartTo(const std::string& destination,
                                         const std::string& path,
                                         const std::string& interface,
                                         const std::string& member,
                                         const std::string& signature,
                                         const Json& arguments) {
  auto call = std::make_unique<Call>();
  sd_bus_message* message = nullptr;
  Check(sd_bus_message_new_method_call(bus_, &message, destination.c_str(),
                                       path.c_str(), interface.c_str(),
                                       member.c_str()),
        member);
  const std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)> owner(
      message, &sd_bus_message_unref);
  AppendValues(message, signature, arguments);
  Check(sd_bus_call_async(bus_, &call->slot_, message, OnReply, call.get(),
                          kNoLimit),
        member);
  return call;
}

std::unique_ptr<Call> BusClient::Start(const std::string& path,
                                       const std::string& interface,
                                       const std::string& member,
                                       const std::string& signature,
                                       const Json& arguments) {
  return StartTo(kDaemon, path, interface, member, signature, arguments);
}

std::unique_ptr<Call> BusClient::Finish(const std::string& path,
                                        const std::string& interface,
                                        const std::string& member,
                                        const std::string& signature,
                                        const Json& arguments) {
  auto call = Start(path, interface, member, signature, arguments);
  if (!loop_.RunUntil([&] { return call->done(); })) {
    throw std::runtime_error(member + " is not answered");
  }
  return call;
}

Json BusClient::Must(const std::string& path, const std::string& interface,
                     const std::string& member, const std::string& signature,
                     const Json& arguments) {
  const auto call = Finish(path, interface, member, signature, arguments);
  if (call->failed()) {
    throw std::runtime_error(
        fmt::format("{}: {}: {}", member, call->error(), call->message()));
  }
  return call->values();
}

Json BusClient::Property(const std::string& path, const std::string& interface,
                         const std::string& name) {
  return Must(path, "org.freedesktop.DBus.Properties", "Get", "ss",
              {interface, name})
      .at(0);
}

Json BusClient::Objects() {
  return Must("/org/bondd", "org.freedesktop.DBus.ObjectManager",
              "GetManagedObjects")
      .at(0);
}

bool BusClient::HasOwner(const std::string& name) {
  const auto call =
      StartTo("org.freedesktop.DBus", "/org/freedesktop/DBus",
              "org.freedesktop.DBus", "NameHasOwner", "s", Json::array({name}));
  loop_.RunUntil([&] { return call->done(); });
  return call->done() && !call->failed() && call->values().at(0) == true;
}

void BusClient::Serve(const std::string& path, Handler handler) {
  handlers_.push_back(std::make_unique<Handler>(std::move(handler)));
  Check(sd_bus_add_object(bus_, nullptr, path.c_str(), OnCall,
                          handlers_.back().get()),
        path);
}

int BusClient::fd() const { return sd_bus_get_fd(bus_); }

short BusClient::events() const {
  return static_cast<short>(sd_bus_get_events(bus_));
}

void BusClient::Serve() {
  int more = 1;
  while (more > 0) more = sd_bus_process(bus_, nullptr);
  Check(more, "bus");
}

int BusClient::OnReply(sd_bus_message* message, void* call, sd_bus_error*) {
  auto& self = *static_cast<Call*>(call);
  if (const sd_bus_error* error = sd_bus_message_get_error(message)) {
    self.error_ = error->name;
    self.message_ = error->message == nullptr ? "" : error->message;
  } else {
    self.values_ = ReadValues(message);
  }
  self.done_ = true;
  return 0;
}

int BusClient::OnSignal(sd_bus_message* message, void* self, sd_bus_error*) {
  static_cast<BusClient*>(self)->signals_.push_back(
      {sd_bus_message_get_path(message), sd_bus_message_get_member(message),
       ReadValues(message)});
  return 0;
}

int BusClient::OnCall(sd_bus_message* message, void* handler, sd_bus_error*) {
  (*static_cast<Handler*>(handler))(std::make_unique<IncomingCall>(message));
  return 1;
}

}  // namespace bondd::integration
