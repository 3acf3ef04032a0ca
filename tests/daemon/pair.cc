#include "tests/daemon/pair.h"

#include <chrono>
#include <ranges>
#include <stdexcept>

namespace bondd::daemon::test {

namespace {

constexpr char kAgentPath[] = "/test/agent";
constexpr char kAgentManager[] = "org.bondd.AgentManager1";

}  // namespace

TestAgent::TestAgent(BusClient& bus, const std::string& capability) {
  bus.Serve(kAgentPath,
            [this](std::unique_ptr<integration::IncomingCall> call) {
              OnCall(std::move(call));
            });
  bus.Must("/org/bondd", kAgentManager, "RegisterAgent", "osa{sv}",
           Json::array({kAgentPath, capability, Json::object()}));
}

void TestAgent::OnCall(std::unique_ptr<integration::IncomingCall> call) {
  const std::string member = call->member();
  if (member == "Cancel") ++withdrawn_;
  if (member == "RequestConfirmation") {
    numbers_.push_back(call->arguments().at(1));
  } else if (member == "RequestAuthorization") {
    ++consents_asked_;
  } else {
    call->Reply();
    return;
  }
  switch (answer_) {
    case Answer::kAccept:
      call->Reply();
      break;
    case Answer::kRefuse:
      call->Refuse("org.bondd.Error.Rejected");
      break;
    case Answer::kNone:
      open_.push_back(std::move(call));
      break;
  }
}

void PairTest::Start() {
  bondd_ = std::make_unique<Bondd>(
      world_, Words{"--adapter", "sim", "--adapter", "sim"});
  Await([&] { return central_.HasOwner("org.bondd"); });
  Await([&] { return central_.Objects().contains(kCentralPath); });
  Await([&] { return central_.Objects().contains(kPeripheralPath); });
}

void PairTest::Restart() {
  ASSERT_EQ(bondd_->Stop(), 0) << bondd_->Output();
  central_.ForgetSignals();
  peripheral_.ForgetSignals();
  Start();
}

void PairTest::Advertise() {
  peripheral_.Must(kPeripheralPath, kAdapter, "StartAdvertising", "a{sv}",
                   Json::array({Json::object()}));
}

void PairTest::Accept(const Json& options) {
  peripheral_.Must(kPeripheralPath, kAdapter, "AcceptPairing", "a{sv}",
                   Json::array({options}));
}

std::unique_ptr<Call> PairTest::StartPairing(BusClient& user,
                                             const Json& options) {
  return user.Start(kCentralPath, kAdapter, "InitiatePairing", "ssa{sv}",
                    Json::array({kPeripheralAddress, "public", options}));
}

std::unique_ptr<Call> PairTest::Pair(const Json& options) {
  auto call = StartPairing(central_, options);
  Await([&] { return call->done(); });
  return call;
}

Json PairTest::PairWell(const Json& options) {
  Advertise();
  Accept();
  const auto call = Pair(options);
  if (call->failed()) throw std::runtime_error(call->message());
  AwaitCompleted(peripheral_, kPeripheralPath);
  return call->values().at(0);
}

void PairTest::Await(const std::function<bool()>& done) {
  constexpr std::chrono::seconds kPatience(30);
  if (!world_.loop.RunUntil(done, kPatience)) {
    throw std::runtime_error("waited in vain; bondd said: " + bondd_->Output());
  }
}

const integration::Signal* PairTest::Completed(
    const BusClient& user, const std::string& adapter) const {
  for (const auto& signal : std::views::reverse(user.signals())) {
    if (signal.member == "PairingCompleted" &&
        signal.path.starts_with(adapter + "/")) {
      return &signal;
    }
  }
  return nullptr;
}

Json PairTest::AwaitCompleted(BusClient& user, const std::string& adapter) {
  Await([&] { return Completed(user, adapter) != nullptr; });
  return Completed(user, adapter)->arguments.at(0);
}

std::string PairTest::LinkOf(const std::string& adapter) {
  const Json objects = central_.Objects();
  for (const auto& [path, interfaces] : objects.items()) {
    if (path.starts_with(adapter + "/conn_")) return path;
  }
  return "";
}

Json PairTest::LinkProperty(const std::string& adapter,
                            const std::string& name) {
  return central_.Property(LinkOf(adapter), kConnection, name);
}

bool PairTest::IsBonded(const std::string& adapter, const std::string& peer,
                        const std::string& role) {
  const Json values = central_.Must(adapter, kAdapter, "IsDeviceBonded", "sss",
                                    Json::array({peer, "public", role}));
  return values.at(0);
}

bool PairTest::Encrypted(const std::string& adapter) {
  return !LinkOf(adapter).empty() &&
         LinkProperty(adapter, "Encrypted").get<bool>();
}

}  // namespace bondd::daemon::test
