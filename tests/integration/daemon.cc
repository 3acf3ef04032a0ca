#include "tests/integration/daemon.h"

#include <fmt/core.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace bondd::integration {
namespace {

// As the shipped unit runs it: an own user with CAP_NET_ADMIN and nothing
// else.
std::vector<std::string> Unprivileged(const std::string& user) {
  return {"setpriv",
          "--reuid=" + user,
          "--regid=" + user,
          "--clear-groups",
          "--inh-caps=-all,+net_admin",
          "--ambient-caps=-all,+net_admin",
          "--bounding-set=-all,+net_admin",
          "--no-new-privs",
          "--"};
}

void GiveTo(const std::filesystem::path& path, const std::string& user) {
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr ||
      chown(path.c_str(), entry->pw_uid, entry->pw_gid) < 0) {
    throw std::runtime_error(
        fmt::format("{} can't be given to user {}", path.string(), user));
  }
}

}  // namespace

Daemon::Daemon(TestBed& bed)
    : bed_(bed),
      state_(folder_.path() / "state"),
      log_(folder_.path() / "bondd.log") {
  std::filesystem::create_directory(state_);
  std::filesystem::permissions(state_, std::filesystem::perms(0700));
  if (!bed_.options().user.empty()) GiveTo(state_, bed_.options().user);
}

void Daemon::Start() {
  std::vector<std::string> arguments = {"--adapter",
                                        bed_.options().bondd_adapter};
  for (const std::string& word : bed_.radio().DaemonArguments()) {
    arguments.push_back(word);
  }
  StartWith(arguments, bed_.bus_address());
}

void Daemon::StartWith(const std::vector<std::string>& arguments,
                       const std::string& bus) {
  const Options& options = bed_.options();
  std::vector<std::string> command;
  if (!options.user.empty()) command = Unprivileged(options.user);
  command.push_back(options.bondd);
  command.insert(command.end(), arguments.begin(), arguments.end());
  for (const std::string word :
       {"--bus", "system", "--log-level", "debug", "--state-dir"}) {
    command.push_back(word);
  }
  command.push_back(state_);
  process_ =
      std::make_unique<Process>(command, log_, TestBed::SystemBusIs(bus));
}

int Daemon::AwaitExit() {
  if (!bed_.loop().RunUntil([&] { return !running(); })) {
    throw std::runtime_error("bondd does not end");
  }
  return process_->ExitStatus().value_or(-1);
}

int Daemon::Stop() {
  process_->Signal(SIGTERM);
  return AwaitExit();
}

std::string Daemon::Output() const {
  return process_ ? process_->Output() : "";
}

std::string Daemon::ProcessStatus(const std::string& name) const {
  std::ifstream in(fmt::format("/proc/{}/status", process_->pid()));
  std::string line;
  while (std::getline(in, line)) {
    if (!line.starts_with(name + ":")) continue;
    std::istringstream values(line.substr(name.size() + 1));
    std::string first;
    values >> first;
    return first;
  }
  return "";
}

StoredBonds::StoredBonds(const std::filesystem::path& state) {
  const std::filesystem::path copy = folder_.path() / "state";
  std::filesystem::copy(state, copy, std::filesystem::copy_options::recursive);
  bonds::StoreOptions options;
  options.directory = copy;
  Result<std::unique_ptr<bonds::Store>> store = bonds::Store::Open(options);
  if (!store) throw std::runtime_error(store.error().message);
  store_ = std::move(*store);
}

}  // namespace bondd::integration
