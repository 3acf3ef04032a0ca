// Places in which a call of the D-Bus API can be made, each as it is found.

#ifndef BONDD_TESTS_API_BED_H_
#define BONDD_TESTS_API_BED_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/api/relay.h"
#include "tests/daemon/pair.h"

namespace bondd::api::test {

using daemon::test::Answer;
using daemon::test::kAdapter;
using daemon::test::kCentralAddress;
using daemon::test::kCentralPath;
using daemon::test::kConnection;
using daemon::test::kPeripheralAddress;
using daemon::test::kPeripheralPath;
using daemon::test::TestAgent;
using daemon::test::Words;
using integration::BusClient;
using integration::Call;
using integration::Json;

inline constexpr char kRootPath[] = "/org/bondd";
inline constexpr char kBond[] = "org.bondd.Bond1";
inline constexpr char kProperties[] = "org.freedesktop.DBus.Properties";
inline constexpr char kAgentPath[] = "/test/agent";
// Nobody has it.
inline constexpr char kNobody[] = "02:B0:DD:00:00:77";
// The adapter behind the relay. Its address is that of the first controller
// that the daemon offers to others.
inline constexpr char kRelayedPath[] = "/org/bondd/h40";
inline constexpr char kRelayedAddress[] = "02:B0:DD:00:00:F0";

// A daemon with its users, which one test or several are made in: the tables
// share those in which their rows change nothing. sim0 is the central.
class Bed : public daemon::test::PairTest {
 public:
  struct Setting {
    // What bondd is started with besides sim0 and sim1.
    Words arguments = {};
    // Text of its configuration.
    std::string configuration = {};
    // A third adapter, h40, behind a relay: its controller is on the same air.
    Relay::Hook relay = nullptr;
  };

  Bed() : Bed(Setting()) {}
  explicit Bed(Setting setting);
  ~Bed() override;

  using PairTest::Accept;
  using PairTest::Advertise;
  using PairTest::Await;
  using PairTest::AwaitPrompt;
  using PairTest::bondd_;
  using PairTest::central_;
  using PairTest::Do;
  using PairTest::LinkOf;
  using PairTest::OnLink;
  using PairTest::PairWell;
  using PairTest::peripheral_;
  using PairTest::PromptOf;
  using PairTest::SetProperty;
  using PairTest::world_;

  // The path of the object that has this interface. "Connection1" is the
  // central's link, "Bond1" the central's bond.
  std::string PathOf(const std::string& interface);
  // A call of "Adapter1.Connect", or of "set Adapter1.Privacy" with one
  // argument; at `path` where it is not the one above.
  std::unique_ptr<Call> Start(BusClient& user, const std::string& method,
                              const std::string& signature,
                              const Json& arguments,
                              const std::string& path = "");
  // The same, until it is done.
  std::unique_ptr<Call> Finish(BusClient& user, const std::string& method,
                               const std::string& signature,
                               const Json& arguments,
                               const std::string& path = "");
  std::unique_ptr<Call> Done(std::unique_ptr<Call> call);

  // sim1 advertises and sim0 connects to it, without encryption.
  void Link();
  void Unlink();
  // `central` connects to `peripheral`, both with their paths.
  void LinkFrom(const std::string& central, const std::string& peripheral,
                const std::string& address);

  // Somebody who is neither root nor the owner of anything.
  BusClient& stranger();
  BusClient& NewUser();
  void Forget(BusClient& user);
  TestAgent& Seat(BusClient& user, const std::string& capability,
                  Answer answer = Answer::kAccept);

  // From here on the store can't write any more.
  void FillDisk();
  // The daemon starts again, and can't read the store any more.
  void LoseKey();
  // All bonds of all adapters, with what is in them but for the time of their
  // last use.
  Json Bonds();
  // Before a call that is to change nothing: the bonds as they are. Those at
  // the start, until it is called.
  void Note() { noted_ = Bonds(); }
  const Json& noted() const { return noted_; }
  Relay& relay() { return *relay_; }
  // Behind the relay: another controller with the same address, which says that
  // it has another maker. Waits until bondd has it.
  void ReplaceController();

  // Calls that nobody waits for yet, and descriptors that have to stay open.
  std::vector<std::unique_ptr<Call>> waiting;
  std::vector<UniqueFd> open;

 protected:
  Words MoreArguments() override;

 private:
  void TestBody() override {}
  void PutRelay(Relay::Hook hook);

  Setting setting_;
  std::unique_ptr<Relay> relay_;
  std::vector<std::unique_ptr<BusClient>> users_;
  std::unique_ptr<BusClient> stranger_;
  std::vector<std::unique_ptr<TestAgent>> agents_;
  Json noted_;
};

}  // namespace bondd::api::test

#endif  // BONDD_TESTS_API_BED_H_
