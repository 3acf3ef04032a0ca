#include "tests/integration/fixture.h"

#include <algorithm>
#include <iostream>
#include <stdexcept>

namespace bondd::integration {
namespace {

constexpr char kName[] = "org.bondd";

}  // namespace

DaemonTest::DaemonTest()
    : bed_(TestBed::Get()),
      loop_(bed_.loop()),
      bus_(loop_, bed_.bus_address()),
      kernel_(loop_, bed_.mgmt()) {}

void DaemonTest::SetUp() {
  bed_.radio().BeforeTest();
  daemon_ = std::make_unique<Daemon>(bed_);
}

void DaemonTest::TearDown() {
  kernel_.PowerOff();
  if (daemon_->running()) StopDaemon();
  if (HasFailure()) std::cout << "--- bondd\n" << daemon_->Output() << "---\n";
}

void DaemonTest::StartDaemon() {
  daemon_->Start();
  Await([&] { return !daemon_->running() || bus_.HasOwner(kName); },
        "bondd on the bus");
  Await([&] { return !daemon_->running() || AdapterIsReady(); },
        "the adapter's object");
  if (!daemon_->running()) {
    throw std::runtime_error("bondd ended: " + daemon_->Output());
  }
  bed_.radio().AfterDaemonStarted();
}

void DaemonTest::Start(const KernelSettings& settings) {
  settings_ = settings;
  StartDaemon();
  kernel_.PowerOn(bed_.kernel_index(), settings);
}

void DaemonTest::RestartDaemon() {
  StopDaemon();
  Await([&] { return !kernel_.connected(); }, "the end of the link");
  const std::vector<KernelLongTermKey> keys = kernel_.long_term_keys();
  StartDaemon();
  if (bed_.radio().KernelStartsAnew()) {
    kernel_.PowerOnWithKeys(bed_.kernel_index(), settings_, keys);
  }
}

void DaemonTest::StopDaemon() {
  bed_.radio().BeforeDaemonStops();
  EXPECT_EQ(daemon_->Stop(), 0) << daemon_->Output();
  Await([&] { return !bus_.HasOwner(kName); }, "the end of bondd");
}

std::string DaemonTest::AdapterPath() const {
  return "/org/bondd/" + bed_.adapter_name();
}

bool DaemonTest::AdapterIsReady() {
  if (!bus_.HasOwner(kName)) return false;
  const Json objects = bus_.Objects();
  const auto found = objects.find(AdapterPath());
  return found != objects.end() &&
         found->at(kAdapterInterface).at("Powered") == true;
}

DeviceAddress DaemonTest::DaemonAddress() {
  const std::string text =
      bus_.Property(AdapterPath(), kAdapterInterface, "Address");
  return DeviceAddress::Parse(text, AddressType::kPublic).value();
}

std::string DaemonTest::AwaitConnection() {
  std::string path;
  Await(
      [&] {
        const Json objects = bus_.Objects();
        for (const auto& [object, interfaces] : objects.items()) {
          if (interfaces.contains(kConnectionInterface)) path = object;
        }
        return !path.empty();
      },
      "a link");
  return path;
}

bool DaemonTest::IsConnected() {
  const Json objects = bus_.Objects();
  return std::ranges::any_of(objects, [](const Json& interfaces) {
    return interfaces.contains(kConnectionInterface);
  });
}

Json DaemonTest::Connection(const std::string& property) {
  return bus_.Property(AwaitConnection(), kConnectionInterface, property);
}

Json DaemonTest::CallAdapter(const std::string& member,
                             const std::string& signature,
                             const Json& arguments) {
  return bus_.Must(AdapterPath(), kAdapterInterface, member, signature,
                   arguments);
}

bool DaemonTest::IsBonded() {
  return CallAdapter("IsDeviceBonded", "sss",
                     {kernel_.address().ToString(), "public", "any"})
      .at(0);
}

std::unique_ptr<Call> DaemonTest::StartPairing(const Json& options) {
  return bus_.Start(AdapterPath(), kAdapterInterface, "InitiatePairing",
                    "ssa{sv}",
                    {kernel_.address().ToString(), "public", options});
}

Json DaemonTest::Pair(const Json& options) {
  const std::unique_ptr<Call> call = StartPairing(options);
  Await(*call);
  if (call->failed()) throw std::runtime_error(call->message());
  return call->values().at(0);
}

void DaemonTest::AcceptPairing(const Json& options) {
  CallAdapter("AcceptPairing", "a{sv}", Json::array({options}));
  CallAdapter("StartAdvertising", "a{sv}", Json::array({Json::object()}));
}

void DaemonTest::Await(const Call& call) {
  Await([&] { return call.done(); }, "a reply");
}

void DaemonTest::Await(const std::function<bool()>& done,
                       const std::string& what) {
  if (!loop_.RunUntil(done)) {
    throw std::runtime_error("waited in vain for " + what);
  }
}

Json DaemonTest::AwaitCompletion() {
  const auto completion = [&] {
    return std::ranges::find(bus_.signals(), "PairingCompleted",
                             &Signal::member);
  };
  Await([&] { return completion() != bus_.signals().end(); },
        "the end of the pairing");
  const Json result = completion()->arguments.at(0);
  bus_.ForgetSignals();
  return result;
}

}  // namespace bondd::integration
