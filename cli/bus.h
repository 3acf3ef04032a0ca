// bondctl's connection to bondd.

#ifndef BONDD_CLI_BUS_H_
#define BONDD_CLI_BUS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/failure.h"
#include "cli/loop.h"
#include "cli/value.h"

namespace sdbus {
class IConnection;
class IProxy;
class Message;
}  // namespace sdbus

namespace bondd::cli {

// The object of bondd itself; all others are below.
inline constexpr char kRootPath[] = "/org/bondd";

// A call that waits for its answer. It is forgotten when the object goes; the
// daemon cancels what it still does for it when bondctl leaves the bus.
class PendingCall {
 public:
  PendingCall();
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;
  ~PendingCall();

  bool done() const { return outcome_.has_value(); }
  // The arguments of the reply, an array. Only when it is done.
  const Outcome<Json>& outcome() const { return *outcome_; }

 private:
  friend class Bus;

  // The proxy keeps the slot of the call.
  std::unique_ptr<sdbus::IProxy> proxy_;
  std::optional<Outcome<Json>> outcome_;
};

struct Signal {
  std::string path;
  std::string interface;
  std::string member;
  Json arguments;
};

class Bus;

// Hears what bondd tells for as long as it lives. Whoever follows something
// keeps one.
class Listener {
 public:
  using Handler = std::function<void(const Signal&)>;

  // Made by Bus::Listen.
  Listener(Bus& bus, Handler handler);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

 private:
  friend class Bus;

  Bus& bus_;
  Handler handler_;
};

// Everything that bondctl says to bondd goes through here, by the names of the
// D-Bus API. Calls are always sent without waiting in the library: while a
// person reads a passkey, the same loop counts down and hears SIGINT.
class Bus : private Source {
 public:
  // `bus` is system, session or an address; `name` is bondd's. The loop has to
  // outlive the bus.
  static Outcome<std::unique_ptr<Bus>> Open(Loop& loop, const std::string& bus,
                                            const std::string& name);
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;
  ~Bus() override;

  // Sends a call that may take as long as people take. `interface` is without
  // "org.bondd.", unless it has a dot.
  std::unique_ptr<PendingCall> Start(const std::string& path,
                                     const std::string& interface,
                                     const std::string& member,
                                     const CallArguments& arguments = {});
  // The same, and waits for the answer. SIGINT ends the wait.
  Outcome<Json> Call(const std::string& path, const std::string& interface,
                     const std::string& member,
                     const CallArguments& arguments = {});
  // Asks the bus itself.
  Outcome<Json> CallBus(const std::string& member,
                        const CallArguments& arguments = {});
  Outcome<void> SetProperty(const std::string& path,
                            const std::string& interface,
                            const std::string& name, Variant value);

  // Signals go to listeners in the order in which these were made, from within
  // the loop.
  Outcome<std::unique_ptr<Listener>> Listen(Listener::Handler handler);

  Loop& loop() { return loop_; }
  const std::string& name() const { return name_; }
  // False when the bus has ended the connection.
  bool alive() const { return alive_; }
  sdbus::IConnection& connection() { return *connection_; }

 private:
  Bus(Loop& loop, std::string name,
      std::unique_ptr<sdbus::IConnection> connection);

  int fd() const override;
  short events() const override;
  std::optional<Time> deadline() const override;
  void Serve() override;

  std::unique_ptr<PendingCall> StartTo(const std::string& destination,
                                       const std::string& path,
                                       const std::string& interface,
                                       const std::string& member,
                                       const CallArguments& arguments);
  Outcome<Json> Await(std::unique_ptr<PendingCall> call);
  void OnSignal(sdbus::Message& message);

  friend class Listener;
  struct Subscription;

  Loop& loop_;
  std::string name_;
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<Subscription> subscription_;
  std::vector<Listener*> listeners_;
  bool alive_ = true;
};

}  // namespace bondd::cli

#endif  // BONDD_CLI_BUS_H_
