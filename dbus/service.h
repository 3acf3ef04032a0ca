// The daemon's side of the bus: publishes objects, carries calls to Operations
// and answers back, asks agents.
//
// daemon/ owns one Service, polls its descriptor and calls Process(); nothing
// in here runs at any other time.

#ifndef BONDD_DBUS_SERVICE_H_
#define BONDD_DBUS_SERVICE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/time_types.h"
#include "dbus/operations.h"

namespace bondd::dbus {

struct BusOptions {
  std::string bus = "system";  // "system", "session" or a D-Bus address
  std::string name = "org.bondd";
  std::string version;
};

class Service {
 public:
  // Connects; the name is requested by AcquireName() once the objects stand.
  // `operations` is borrowed and must outlive the service.
  static Result<std::unique_ptr<Service>> Connect(const BusOptions& options,
                                                  Operations& operations);

  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  // Emits nothing: objects vanish with the connection.
  ~Service();

  // kBusy when somebody has the name now.
  Result<void> CheckName();
  Result<void> AcquireName();
  void ReleaseName();

  // For the loop: poll fd() for PollEvents() (poll(2) bits) until Deadline().
  int fd() const;
  short PollEvents() const;
  std::optional<Time> Deadline() const;
  // Handles what is waiting, a bounded amount of it; then destroys the objects
  // that were removed meanwhile. True when more may be waiting. An error: the
  // bus is gone, and nothing is to be called any more but the destructor.
  Result<bool> Process();
  // Sends out what is queued; blocks for `limit` at most.
  void Flush(Duration limit);

  // --- Objects. Publish adds the object or brings it up to date.
  void Publish(const AdapterProperties& adapter);
  void Publish(const ConnectionProperties& connection);
  void Publish(const BondProperties& bond);
  // Manager1.StoreNotices, all of them each time.
  void PublishStoreNotices(const std::vector<std::string>& notices);
  void RemoveAdapter(const std::string& name);
  void RemoveConnection(const ConnectionRef& connection);
  void RemoveBond(const std::string& adapter, const DeviceAddress& identity);

  static std::string AdapterPath(const std::string& name);
  static std::string ConnectionPath(const std::string& adapter, uint16_t handle,
                                    uint32_t serial);
  static std::string BondPath(const std::string& adapter,
                              const DeviceAddress& identity);

  // --- Answers to calls. A call that is gone is ignored.
  void Reply(CallId call, const ReplyValue& value);
  void ReplyError(CallId call, const ApiError& error);

  // --- Signals.
  void EmitDeviceFound(const std::string& adapter, const Dictionary& device);
  void EmitPairingRequested(const ConnectionRef& connection,
                            const Dictionary& features);
  void EmitSecurityRequested(const ConnectionRef& connection,
                             const Dictionary& features);
  void EmitKeypress(const ConnectionRef& connection, smp::KeypressType type);
  void EmitKeysReceived(const ConnectionRef& connection,
                        const std::vector<std::string>& local,
                        const std::vector<std::string>& remote);
  void EmitPairingCompleted(const ConnectionRef& connection,
                            const Dictionary& result);
  void EmitDisconnected(const ConnectionRef& connection, uint8_t reason);
  void EmitPduTraced(const ConnectionRef& connection,
                     const std::string& direction, const std::string& name,
                     uint64_t microseconds);

  // --- Agents.
  // The agent to ask: the option Agent of the starter's, else one registered
  // by the starter's connection, else the default one. `starter` is empty when
  // a peer started it.
  std::optional<AgentRef> FindAgent(
      const std::optional<std::string>& option_agent,
      const std::optional<Caller>& starter) const;
  // Ends in Operations::OnAgentAnswer, except after Withdraw. ShowPasskey ends
  // there only with a refusal: by the agent, or because it has gone.
  QuestionId Ask(const AgentRef& agent, const ConnectionRef& connection,
                 AgentQuestion question);
  // Forgets the question and tells the agent why (Agent1.Cancel).
  void Withdraw(QuestionId question, const std::string& why);

 private:
  class Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_SERVICE_H_
