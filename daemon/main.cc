// bondd: reads the command line and the configuration, starts the daemon and
// runs it until it is told to stop.

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include <cstdio>
#include <utility>

#include "bonds/rekey.h"
#include "daemon/command_line.h"
#include "daemon/daemon.h"
#include "daemon/event_loop.h"

namespace {

using namespace bondd;
using namespace bondd::daemon;

constexpr char kDefaultConfig[] = "/etc/bondd/bondd.conf";
constexpr Duration kShutdownLimit = std::chrono::seconds(6);
// More than the disk is waited for before the links end.
constexpr Duration kShutdownLimitWithoutBus = std::chrono::seconds(3);

int Complain(std::string_view message, int status) {
  fmt::print(stderr, "bondd: {}\n", message);
  sd_notifyf(0, "STATUS=%.*s", static_cast<int>(message.size()),
             message.data());
  return status;
}

// Keys are in memory: no core dump, no debugger of the same user.
void ForbidCoreDumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

Result<DaemonOptions> OptionsFrom(const CommandLine& line) {
  auto config = config::Load(line.config.value_or(kDefaultConfig),
                             line.config.has_value());
  if (!config) return std::unexpected(config.error());
  if (!line.adapters.empty()) config->adapters.clear();
  for (const std::string& text : line.adapters) {
    auto spec = config::AdapterSpec::Parse(text);
    if (!spec) return std::unexpected(spec.error());
    config->adapters.push_back(std::move(*spec));
  }
  if (config->adapters.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("no adapter is named: set Use= in [Adapters] of "
                            "{}, or give --adapter",
                            line.config.value_or(kDefaultConfig)));
  }
  // Whoever asks for it must not believe that he has it.
  if (config->privacy != config::Privacy::kOff) {
    return Fail(ErrorCode::kNotSupported,
                "[Privacy] Mode: this version has no other than off");
  }
  DaemonOptions options;
  options.config = std::move(*config);
  constexpr size_t kScheme = sizeof("unix:") - 1;
  for (const std::string& spec : line.sim_listen) {
    options.sim_listen.push_back(spec.substr(kScheme));
  }
  options.bus = {
      .bus = line.bus, .name = line.bus_name, .version = BONDD_VERSION};
  options.state_directory = line.state_directory;
  options.credentials = line.credentials;
  options.wait = line.wait;
  return options;
}

// Runs in place of the daemon.
int Rekey(const CommandLine& line) {
  const auto notices = bonds::Rekey(line.state_directory, line.credentials);
  if (!notices) return Complain(notices.error().message, EX_UNAVAILABLE);
  for (const bonds::Notice& notice : *notices) {
    fmt::print(notice.level <= LogLevel::kWarning ? stderr : stdout,
               "bondd: {}\n", notice.message);
  }
  return EX_OK;
}

int Run(Daemon& daemon, EventLoop& loop, const Journal& journal) {
  std::optional<Time> give_up;
  int status = EX_OK;
  bool more = true;
  for (;;) {
    const Time now = EventLoop::Now();
    auto deadline = more ? std::optional(now) : daemon.Deadline();
    if (auto waited = loop.Wait(daemon.Interests(), Earlier(deadline, give_up));
        !waited) {
      return Complain(waited.error().message, EX_OSERR);
    }
    if (loop.stop_requested() && !give_up) {
      sd_notify(0, "STOPPING=1");
      journal.Write(LogLevel::kNotice, "stopping");
      give_up = EventLoop::Now() + kShutdownLimit;
      daemon.BeginShutdown(EventLoop::Now());
    }
    const auto turned = daemon.Turn(EventLoop::Now());
    if (!turned && status == EX_OK) {
      // Peers are still there to be told.
      status = Complain(turned.error().message, EX_UNAVAILABLE);
      if (!give_up) daemon.BeginShutdown(EventLoop::Now());
      give_up = Earlier(give_up, EventLoop::Now() + kShutdownLimitWithoutBus);
    }
    more = turned.value_or(false);
    if (daemon.finished() || (give_up && EventLoop::Now() >= *give_up)) {
      daemon.EndShutdown();
      return status;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = ParseCommandLine(argc, argv);
  if (!line) return Complain(line.error(), EX_USAGE);
  if (line->help) {
    fmt::print("{}", HelpText());
    return EX_OK;
  }
  if (line->version) {
    fmt::print("bondd {}\n", BONDD_VERSION);
    return EX_OK;
  }
  ForbidCoreDumps();
  if (line->rekey) return Rekey(*line);
  auto options = OptionsFrom(*line);
  if (!options) return Complain(options.error().message, EX_CONFIG);
  auto loop = EventLoop::Create();
  if (!loop) return Complain(loop.error().message, EX_OSERR);
  const Journal journal(line->log_level);
  auto daemon = Daemon::Start(std::move(*options), journal, EventLoop::Now());
  if (!daemon) return Complain(daemon.error().message, EX_UNAVAILABLE);
  sd_notify(0, "READY=1");
  return Run(**daemon, **loop, journal);
}
