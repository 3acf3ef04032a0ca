// A client on the bus that knows nothing of bondd's code: it speaks to the
// daemon as any program would.

#ifndef BONDD_TESTS_INTEGRATION_BUS_H_
#define BONDD_TESTS_INTEGRATION_BUS_H_

#include <systemd/sd-bus.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/integration/loop.h"

namespace bondd::integration {

// What goes over the bus, with dictionaries as objects, structures and arrays
// as arrays, variants as what they hold.
using Json = nlohmann::ordered_json;

// One method call that was sent.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { sd_bus_slot_unref(slot_); }

  bool done() const { return done_; }
  bool failed() const { return !error_.empty(); }
  // The whole name and the message of the error; empty when all went well.
  const std::string& error() const { return error_; }
  const std::string& message() const { return message_; }
  // The arguments of the reply, an array.
  const Json& values() const { return values_; }

 private:
  friend class BusClient;

  sd_bus_slot* slot_ = nullptr;
  bool done_ = false;
  std::string error_;
  std::string message_;
  Json values_;
};

struct Signal {
  std::string path;
  std::string member;
  Json arguments;
};

// A method call that came in, to be answered now, later or never.
class IncomingCall {
 public:
  explicit IncomingCall(sd_bus_message* message)
      : message_(sd_bus_message_ref(message)) {}
  IncomingCall(const IncomingCall&) = delete;
  IncomingCall& operator=(const IncomingCall&) = delete;
  ~IncomingCall() { sd_bus_message_unref(message_); }

  std::string member() const { return sd_bus_message_get_member(message_); }
  Json arguments() const;
  void Reply(const std::string& signature = "",
             const Json& values = Json::array());
  void Refuse(const std::string& error, const std::string& message = "refused");

 private:
  sd_bus_message* message_;
};

// One connection to the bus. Errors of the connection itself throw
// std::runtime_error; so does Must() when the call fails.
class BusClient : private Source {
 public:
  using Handler = std::function<void(std::unique_ptr<IncomingCall>)>;

  BusClient(Loop& loop, const std::string& address);
  BusClient(const BusClient&) = delete;
  BusClient& operator=(const BusClient&) = delete;
  ~BusClient() override;

  // To org.bondd. `signature` is that of the arguments; in an a{sv} numbers go
  // as the contract has them for the key.
  std::unique_ptr<Call> Start(const std::string& path,
                              const std::string& interface,
                              const std::string& member,
                              const std::string& signature = "",
                              const Json& arguments = Json::array());
  // The same, and waits.
  std::unique_ptr<Call> Finish(const std::string& path,
                               const std::string& interface,
                               const std::string& member,
                               const std::string& signature = "",
                               const Json& arguments = Json::array());
  // The same, and gives the values.
  Json Must(const std::string& path, const std::string& interface,
            const std::string& member, const std::string& signature = "",
            const Json& arguments = Json::array());
  Json Property(const std::string& path, const std::string& interface,
                const std::string& name);
  // Path, interface, property: all that org.bondd has.
  Json Objects();

  bool HasOwner(const std::string& name);

  // Calls to `path` of this client go to `handler`.
  void Serve(const std::string& path, Handler handler);

  // Everything that org.bondd has emitted.
  const std::vector<Signal>& signals() const { return signals_; }
  void ForgetSignals() { signals_.clear(); }

 private:
  int fd() const override;
  short events() const override;
  void Serve() override;

  std::unique_ptr<Call> StartTo(const std::string& destination,
                                const std::string& path,
                                const std::string& interface,
                                const std::string& member,
                                const std::string& signature,
                                const Json& arguments);
  static int OnReply(sd_bus_message* message, void* call, sd_bus_error* error);
  static int OnSignal(sd_bus_message* message, void* self, sd_bus_error* error);
  static int OnCall(sd_bus_message* message, void* handler,
                    sd_bus_error* error);

  Loop& loop_;
  sd_bus* bus_ = nullptr;
  std::vector<Signal> signals_;
  std::vector<std::unique_ptr<Handler>> handlers_;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_BUS_H_
