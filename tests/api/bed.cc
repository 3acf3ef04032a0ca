#include "tests/api/bed.h"

#include <sys/resource.h>

#include <stdexcept>
#include <utility>

#include "tests/daemon/fake_controller.h"
#include "tests/dbus/as_user.h"

namespace bondd::api::test {

namespace {

// The bus wants to know the groups of its users.
constexpr uid_t kStranger = 1;

// "set Adapter1.Privacy" -> true, "org.bondd.Adapter1", "Privacy".
struct Member {
  explicit Member(const std::string& method) {
    constexpr std::string_view kSet = "set ";
    set = method.starts_with(kSet);
    const std::string name = set ? method.substr(kSet.size()) : method;
    short_interface = name.substr(0, name.find('.'));
    member = name.substr(name.find('.') + 1);
  }

  bool set;
  std::string short_interface;
  std::string member;
};

}  // namespace

Bed::Bed(Setting setting) : setting_(std::move(setting)) {
  if (setting_.relay) PutRelay(std::move(setting_.relay));
  PairTest::Start();
  if (relay_) Await([&] { return central_.Objects().contains(kRelayedPath); });
}

Bed::~Bed() = default;

Words Bed::MoreArguments() {
  Words words = setting_.arguments;
  if (relay_) {
    const std::string folder = world_.folder.path();
    words.insert(words.end(), {"--adapter", "unix:" + folder + "/relay",
                               "--sim-listen", "unix:" + folder + "/air"});
  }
  if (!setting_.configuration.empty()) {
    words.insert(
        words.end(),
        {"--config", world_.Write("set.conf", setting_.configuration)});
  }
  return words;
}

std::string Bed::PathOf(const std::string& interface) {
  if (interface == "Adapter1") return kCentralPath;
  if (interface == "Connection1") return LinkOf(kCentralPath);
  if (interface == "Bond1") {
    return std::string(kCentralPath) + "/bond_public_02B0DD000001";
  }
  return kRootPath;
}

std::unique_ptr<Call> Bed::Start(BusClient& user, const std::string& method,
                                 const std::string& signature,
                                 const Json& arguments,
                                 const std::string& path) {
  const Member member(method);
  const std::string where =
      path.empty() ? PathOf(member.short_interface) : path;
  const std::string interface = "org.bondd." + member.short_interface;
  if (!member.set) {
    return user.Start(where, interface, member.member, signature, arguments);
  }
  return user.Start(where, kProperties, "Set", "ssv",
                    Json::array({interface, member.member, arguments.at(0)}));
}

std::unique_ptr<Call> Bed::Finish(BusClient& user, const std::string& method,
                                  const std::string& signature,
                                  const Json& arguments,
                                  const std::string& path) {
  return Done(Start(user, method, signature, arguments, path));
}

std::unique_ptr<Call> Bed::Done(std::unique_ptr<Call> call) {
  Await([&] { return call->done(); });
  return call;
}

void Bed::Link() {
  LinkFrom(kCentralPath, kPeripheralPath, kPeripheralAddress);
}

void Bed::LinkFrom(const std::string& central, const std::string& peripheral,
                   const std::string& address) {
  Do(peripheral_, peripheral, "StartAdvertising", "a{sv}",
     Json::array({{{"IntervalMs", 20}}}));
  Do(central_, central, "Connect", "ssa{sv}",
     Json::array({address, "public", {{"Encrypt", "no"}}}));
  Await([&] { return !LinkOf(peripheral).empty(); });
}

void Bed::Unlink() {
  OnLink(central_, kCentralPath, "Disconnect");
  Await([&] {
    return LinkOf(kCentralPath).empty() && LinkOf(kPeripheralPath).empty();
  });
}

BusClient& Bed::stranger() {
  if (!stranger_) {
    const dbus::test::AsUser user(kStranger);
    stranger_ = std::make_unique<BusClient>(world_.loop, world_.bus.address());
  }
  return *stranger_;
}

BusClient& Bed::NewUser() {
  return *users_.emplace_back(
      std::make_unique<BusClient>(world_.loop, world_.bus.address()));
}

void Bed::Forget(BusClient& user) {
  std::erase_if(users_,
                [&](const auto& other) { return other.get() == &user; });
}

TestAgent& Bed::Seat(BusClient& user, const std::string& capability,
                     Answer answer) {
  TestAgent& agent =
      *agents_.emplace_back(std::make_unique<TestAgent>(user, capability));
  agent.set_answer(answer);
  return agent;
}

void Bed::FillDisk() {
  // More than bondd's log has, less than the store's.
  constexpr rlim_t kSize = 8192;
  rlimit limit{};
  const bool read =
      ::prlimit(bondd_->pid(), RLIMIT_FSIZE, nullptr, &limit) == 0;
  limit.rlim_cur = kSize;
  if (!read || ::prlimit(bondd_->pid(), RLIMIT_FSIZE, &limit, nullptr) != 0) {
    throw std::runtime_error("prlimit");
  }
}

void Bed::LoseKey() {
  bondd_->Stop();
  std::filesystem::remove(world_.state() / "bonds.key");
  PairTest::Start();
}

void Bed::PutRelay(Relay::Hook hook) {
  relay_ =
      std::make_unique<Relay>(world_.loop, world_.folder.path() / "relay",
                              world_.folder.path() / "air", std::move(hook));
}

void Bed::ReplaceController() {
  relay_.reset();
  std::filesystem::remove(world_.folder.path() / "relay");
  PutRelay([](hci::H4Direction direction, hci::Packet& packet) {
    daemon::test::ChangeMaker(direction, packet);
    return true;
  });
  Await([&] {
    const Json objects = central_.Objects();
    return objects.contains(kRelayedPath) &&
           objects[kRelayedPath][kAdapter]["Trusted"] == false;
  });
}

Json Bed::Bonds() {
  Json bonds = Json::object();
  const Json objects = central_.Objects();
  for (const auto& [path, interfaces] : objects.items()) {
    if (!interfaces.contains(kBond)) continue;
    bonds[path] = interfaces[kBond];
    bonds[path].erase("LastUsed");
  }
  return bonds;
}

}  // namespace bondd::api::test
