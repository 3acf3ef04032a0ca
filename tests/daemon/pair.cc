#include "tests/daemon/pair.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <ranges>
#include <stdexcept>

#include "common/unique_fd.h"

namespace bondd::daemon::test {

namespace {

constexpr char kAgentPath[] = "/test/agent";
constexpr char kAgentManager[] = "org.bondd.AgentManager1";

std::string ShortName(const Call& call) {
  constexpr std::string_view kPrefix = "org.bondd.Error.";
  const std::string& name = call.error();
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

}  // namespace

TestAgent::TestAgent(BusClient& bus, const std::string& capability)
    : bus_(bus) {
  bus.Serve(kAgentPath,
            [this](std::unique_ptr<integration::IncomingCall> call) {
              OnCall(std::move(call));
            });
  bus.Must("/org/bondd", kAgentManager, "RegisterAgent", "osa{sv}",
           Json::array({kAgentPath, capability, Json::object()}));
}

void TestAgent::make_default() {
  bus_.Must("/org/bondd", kAgentManager, "RequestDefaultAgent", "o",
            Json::array({kAgentPath}));
}

std::vector<Json> TestAgent::Asked(const std::string& member) const {
  std::vector<Json> found;
  for (const auto& [name, arguments] : asked_) {
    if (name == member) found.push_back(arguments);
  }
  return found;
}

std::vector<uint32_t> TestAgent::numbers() const {
  std::vector<uint32_t> numbers;
  for (const Json& arguments : Asked("RequestConfirmation")) {
    numbers.push_back(arguments.at(0));
  }
  return numbers;
}

void TestAgent::OnCall(std::unique_ptr<integration::IncomingCall> call) {
  const std::string member = call->member();
  Json arguments = call->arguments();
  if (!arguments.empty()) arguments.erase(0);
  asked_.emplace_back(member, std::move(arguments));
  if (member == "RequestConfirmation" || member == "RequestAuthorization") {
    return Decide(std::move(call));
  }
  if (member == "RequestPasskey") {
    if (answer_ == Answer::kRefuse) return Decide(std::move(call));
    if (passkey_) return call->Reply("u", Json::array({*passkey_}));
    open_.push_back(std::move(call));
  } else if (member == "RequestOob") {
    if (oob_) return call->Reply("a{sv}", Json::array({*oob_}));
    open_.push_back(std::move(call));
  } else {
    call->Reply();
  }
}

void TestAgent::Decide(std::unique_ptr<integration::IncomingCall> call) {
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

std::unique_ptr<Call> TransferBonds(BusClient& user, const std::string& adapter,
                                    const std::string& method,
                                    const std::filesystem::path& file,
                                    const std::string& format, int flags,
                                    const Json& options) {
  const UniqueFd fd(open(file.c_str(), flags | O_CLOEXEC, 0600));
  return user.Finish(adapter, kAdapter, method, "hsa{sv}",
                     Json::array({fd.get(), format, options}));
}

void PairTest::Start() {
  Words arguments = {"--adapter", "sim", "--adapter", "sim"};
  for (std::string& word : MoreArguments()) {
    arguments.push_back(std::move(word));
  }
  bondd_ = std::make_unique<Bondd>(world_, arguments, Environment());
  Await([&] { return central_.HasOwner("org.bondd"); });
  // Each comes when its identity is on the disk.
  const auto sims = std::ranges::count(arguments, "sim");
  for (auto i = 0; i < sims; ++i) {
    const std::string path = "/org/bondd/sim" + std::to_string(i);
    Await([&] { return central_.Objects().contains(path); });
  }
}

void PairTest::Restart() {
  ASSERT_EQ(bondd_->Stop(), 0) << bondd_->Output();
  central_.ForgetSignals();
  peripheral_.ForgetSignals();
  Start();
}

void PairTest::Advertise() {
  peripheral_.Must(kPeripheralPath, kAdapter, "StartAdvertising", "a{sv}",
                   Json::array({{{"IntervalMs", 20}}}));
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

Json PairTest::PairedBy(const Json& options) {
  const auto call = Pair(options);
  if (call->failed()) throw std::runtime_error(call->message());
  return call->values().at(0);
}

std::string PairTest::PairingError(const Json& options) {
  return ShortName(*Pair(options));
}

Json PairTest::PairWell(const Json& options) {
  Advertise();
  Accept();
  Json result = PairedBy(options);
  AwaitCompleted(peripheral_, kPeripheralPath);
  return result;
}

void PairTest::Do(BusClient& user, const std::string& adapter,
                  const std::string& method, const std::string& signature,
                  const Json& arguments) {
  user.Must(adapter, kAdapter, method, signature, arguments);
}

void PairTest::SetProperty(BusClient& user, const std::string& adapter,
                           const std::string& name, const Json& value) {
  user.Must(adapter, "org.freedesktop.DBus.Properties", "Set", "ssv",
            Json::array({kAdapter, name, value}));
}

std::string PairTest::OnLink(BusClient& user, const std::string& adapter,
                             const std::string& method,
                             const std::string& signature,
                             const Json& arguments) {
  return ShortName(
      *user.Finish(LinkOf(adapter), kConnection, method, signature, arguments));
}

Json PairTest::PromptOf(BusClient& user, const std::string& adapter) {
  return user.Must(LinkOf(adapter), kConnection, "GetPrompt").at(0);
}

std::pair<uint32_t, uint32_t> PairTest::TypeAnotherNumber() {
  AwaitPrompt(kCentralPath, "number-comparison");
  const uint32_t number = PromptOf(central_, kCentralPath)["Number"];
  const uint32_t other = (number + 1) % 1'000'000;
  EXPECT_EQ(
      OnLink(central_, kCentralPath, "SetPasskey", "u", Json::array({other})),
      "");
  return {number, other};
}

void PairTest::AwaitPrompt(const std::string& adapter,
                           const std::string& prompt) {
  Await([&] {
    return !LinkOf(adapter).empty() &&
           LinkProperty(adapter, "Prompt") == prompt;
  });
}

void PairTest::Await(const std::function<bool()>& done) {
  constexpr std::chrono::seconds kPatience(30);
  bool is_done = false;
  world_.loop.RunUntil([&] { return (is_done = done()) || GivesUp(); },
                       kPatience);
  if (!is_done) {
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

Json PairTest::StoreNotices() {
  return central_.Property("/org/bondd", "org.bondd.Manager1", "StoreNotices");
}

bool PairTest::Encrypted(const std::string& adapter) {
  return !LinkOf(adapter).empty() &&
         LinkProperty(adapter, "Encrypted").get<bool>();
}

Json PairTest::Exported(const std::string& adapter) {
  const std::filesystem::path path = world_.folder.path() / "exported";
  const auto call = TransferBonds(central_, adapter, "ExportBonds", path,
                                  "json", O_WRONLY | O_CREAT | O_TRUNC);
  if (call->failed()) throw std::runtime_error(call->message());
  std::ifstream file(path);
  return Json::parse(file);
}

}  // namespace bondd::daemon::test
