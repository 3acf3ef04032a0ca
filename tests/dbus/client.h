// A program on the bus that calls bondd, hears its signals and is an agent.

#ifndef BONDD_TESTS_DBUS_CLIENT_H_
#define BONDD_TESTS_DBUS_CLIENT_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dbus/bus_connection.h"
#include "dbus/sdbus_compat.h"

namespace bondd::dbus::test {

using Options = std::map<std::string, sdbus::Variant>;

// What became of a call.
struct Outcome {
  bool done = false;
  std::string error;    // without "org.bondd.Error."; empty on success
  std::string message;  // of the error
  std::unique_ptr<sdbus::MethodReply> reply;

  template <typename T>
  T Get() const {
    T value{};
    *reply >> value;
    return value;
  }
};

// What a signal said: its strings, lists of strings and paths in their order,
// its dictionary (of InterfacesAdded, all interfaces' together) and its number.
struct HeardSignal {
  std::string path;
  std::string interface;
  std::string member;
  std::vector<std::string> texts;
  Options values;
  uint64_t number = 0;
};

// Somebody on the bus whom BusTest::Await() lets work.
class Participant {
 public:
  virtual ~Participant() = default;

  virtual compat::PollState Poll() const = 0;
  // All that is waiting. False when the bus is gone.
  virtual bool Process() = 0;
};

// Everything is asynchronous, so that one thread can be the client and the
// daemon.
class Client final : public Participant {
 public:
  // Throws when the bus does not let it in.
  explicit Client(const std::string& address);

  const std::string& name() const { return name_; }
  sdbus::IConnection& connection() { return bus_.get(); }
  compat::PollState Poll() const override { return bus_.Poll(); }
  bool Process() override;

  // A call of bondd. `method` is "Manager1.Predict"; other interfaces are given
  // in full, as "org.freedesktop.DBus.Properties.Get".
  template <typename... Arguments>
  std::shared_ptr<Outcome> Call(const std::string& path,
                                const std::string& method,
                                const Arguments&... arguments) {
    auto call = Compose(path, method);
    (void)(call << ... << arguments);
    return Send(path, call);
  }
  std::shared_ptr<Outcome> Get(const std::string& path,
                               const std::string& property);
  std::shared_ptr<Outcome> Set(const std::string& path,
                               const std::string& property,
                               const sdbus::Variant& value);

  // Hears the signals of bondd from here on.
  void Listen();
  const std::vector<HeardSignal>& heard() const { return heard_; }
  // In the form "path interface member".
  std::vector<std::string> HeardNames() const;
  void ForgetHeard() { heard_.clear(); }

 private:
  sdbus::MethodCall Compose(const std::string& path, const std::string& method);
  std::shared_ptr<Outcome> Send(const std::string& path,
                                const sdbus::MethodCall& call);
  sdbus::IProxy& ProxyOf(const std::string& path);

  BusConnection bus_;
  std::string name_;
  std::map<std::string, std::unique_ptr<sdbus::IProxy>> proxies_;
  std::vector<HeardSignal> heard_;
  sdbus::Slot match_;
};

}  // namespace bondd::dbus::test

#endif  // BONDD_TESTS_DBUS_CLIENT_H_
