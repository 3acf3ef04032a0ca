// One daemon with two adapters of the simulated radio, and a user in front of
// each.

#ifndef BONDD_TESTS_DAEMON_PAIR_H_
#define BONDD_TESTS_DAEMON_PAIR_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/daemon/bondd.h"
#include "tests/integration/bus.h"

namespace bondd::daemon::test {

using integration::BusClient;
using integration::Call;
using integration::Json;

inline constexpr char kAdapter[] = "org.bondd.Adapter1";
inline constexpr char kConnection[] = "org.bondd.Connection1";
inline constexpr char kCentralPath[] = "/org/bondd/sim0";
// With this the paths of its links begin.
inline constexpr char kCentralLinks[] = "/org/bondd/sim0/conn_";
inline constexpr char kCentralAddress[] = "02:B0:DD:00:00:00";
inline constexpr char kPeripheralPath[] = "/org/bondd/sim1";
inline constexpr char kPeripheralAddress[] = "02:B0:DD:00:00:01";

// An option for either side.
inline const Json kLegacy = Json::object({{"SecureConnections", "off"}});

enum class Answer { kAccept, kRefuse, kNone };

// An agent registered for one client. It keeps what it is asked, and answers
// at once or never.
class TestAgent {
 public:
  TestAgent(BusClient& bus, const std::string& capability);

  void set_answer(Answer answer) { answer_ = answer; }
  // What it types; nothing = it leaves the question open.
  void set_passkey(uint32_t passkey) { passkey_ = passkey; }
  // Its answer to RequestOob.
  void set_oob(const Json& data) { oob_ = data; }
  void make_default();

  // The arguments of each call of this method after the connection.
  std::vector<Json> Asked(const std::string& member) const;
  std::vector<uint32_t> numbers() const;
  size_t consents_asked() const { return Asked("RequestAuthorization").size(); }
  size_t withdrawn() const { return Asked("Cancel").size(); }

 private:
  void OnCall(std::unique_ptr<integration::IncomingCall> call);
  void Decide(std::unique_ptr<integration::IncomingCall> call);

  BusClient& bus_;
  std::vector<std::pair<std::string, Json>> asked_;
  std::optional<uint32_t> passkey_;
  std::optional<Json> oob_;
  Answer answer_ = Answer::kAccept;
  std::vector<std::unique_ptr<integration::IncomingCall>> open_;
};

// ExportBonds or ImportBonds of the adapter, with a file that is opened with
// `flags`, made if they say so. The call, done.
std::unique_ptr<Call> TransferBonds(BusClient& user, const std::string& adapter,
                                    const std::string& method,
                                    const std::filesystem::path& file,
                                    const std::string& format, int flags,
                                    const Json& options = Json::object());

// sim0 is the central, sim1 the peripheral; each has its own user on the bus.
class PairTest : public testing::Test {
 protected:
  void SetUp() override { Start(); }

  // What bondd is started with besides its two adapters.
  virtual Words MoreArguments() { return {}; }
  // What it has in its environment besides the test's own.
  virtual Words Environment() { return {}; }
  // Whether there is nothing left to wait for.
  virtual bool GivesUp() { return false; }

  void Start();
  // Ends the daemon in good order, and starts it on the same state.
  void Restart();

  void Advertise();
  // Arms the peripheral.
  void Accept(const Json& options = Json::object());
  std::unique_ptr<Call> StartPairing(BusClient& user,
                                     const Json& options = Json::object());
  // The same by the user of the central, until it is done.
  std::unique_ptr<Call> Pair(const Json& options = Json::object());
  // Its result; a failure throws.
  Json PairedBy(const Json& options = Json::object());
  // The name of the error that the central's user gets, without
  // "org.bondd.Error."; empty = none.
  std::string PairingError(const Json& options = Json::object());
  // The reply of a call that is not to fail is ignored.
  void Do(BusClient& user, const std::string& adapter,
          const std::string& method, const std::string& signature = "",
          const Json& arguments = Json::array());
  void SetProperty(BusClient& user, const std::string& adapter,
                   const std::string& name, const Json& value);
  // A call of Connection1 about the adapter's link; the error as above.
  std::string OnLink(BusClient& user, const std::string& adapter,
                     const std::string& method,
                     const std::string& signature = "",
                     const Json& arguments = Json::array());
  // GetPrompt of the adapter's link.
  Json PromptOf(BusClient& user, const std::string& adapter);
  void AwaitPrompt(const std::string& adapter, const std::string& prompt);
  // The central's user is to compare, and types another number than the one
  // shown: gives that, and what was typed.
  std::pair<uint32_t, uint32_t> TypeAnotherNumber();
  // Both sides: advertises, arms and pairs. The central's result.
  Json PairWell(const Json& options = Json::object());

  void Await(const std::function<bool()>& done);
  // The last PairingCompleted of a link of this adapter, as `user` heard it.
  const integration::Signal* Completed(const BusClient& user,
                                       const std::string& adapter) const;
  // Waits for the first one, and gives its dictionary.
  Json AwaitCompleted(BusClient& user, const std::string& adapter);
  // The path of the adapter's link; empty = none.
  std::string LinkOf(const std::string& adapter);
  Json LinkProperty(const std::string& adapter, const std::string& name);
  bool IsBonded(const std::string& adapter, const std::string& peer,
                const std::string& role = "any");
  bool Encrypted(const std::string& adapter);
  // All bonds of the adapter, in the format json.
  Json Exported(const std::string& adapter);
  Json StoreNotices();

  World world_;
  std::unique_ptr<Bondd> bondd_;
  BusClient central_{world_.loop, world_.bus.address()};
  BusClient peripheral_{world_.loop, world_.bus.address()};
};

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_PAIR_H_
