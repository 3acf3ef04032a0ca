#include "daemon/command_line.h"

#include <fmt/format.h>
#include <getopt.h>
#include <stdlib.h>

#include <algorithm>
#include <array>

namespace bondd::daemon {

namespace {

constexpr char kDefaultStateDirectory[] = "/var/lib/bondd";

enum Option {
  kAdapter = 1,
  kSimListen,
  kBus,
  kBusName,
  kConfig,
  kStateDirectory,
  kLogLevel,
  kRekey,
  kNoWait,
  kVersion,
  kHelp,
};

constexpr std::array<option, 12> kOptions = {{
    {"adapter", required_argument, nullptr, kAdapter},
    {"sim-listen", required_argument, nullptr, kSimListen},
    {"bus", required_argument, nullptr, kBus},
    {"bus-name", required_argument, nullptr, kBusName},
    {"config", required_argument, nullptr, kConfig},
    {"state-dir", required_argument, nullptr, kStateDirectory},
    {"log-level", required_argument, nullptr, kLogLevel},
    {"rekey", no_argument, nullptr, kRekey},
    {"no-wait", no_argument, nullptr, kNoWait},
    {"version", no_argument, nullptr, kVersion},
    {"help", no_argument, nullptr, kHelp},
    {nullptr, 0, nullptr, 0},
}};

// Applies one option; on a bad value the sentence that says so.
std::optional<std::string> Apply(int which, const char* value,
                                 CommandLine& line) {
  switch (which) {
    case kAdapter:
      // Each sim is another one.
      if (std::string_view(value) != "sim" &&
          std::ranges::find(line.adapters, value) != line.adapters.end()) {
        return fmt::format("--adapter {}: it is given twice", value);
      }
      line.adapters.emplace_back(value);
      break;
    case kSimListen:
      if (!std::string_view(value).starts_with("unix:")) {
        return fmt::format("--sim-listen {}: it takes unix:PATH", value);
      }
      line.sim_listen.emplace_back(value);
      break;
    case kBus:
      line.bus = value;
      break;
    case kBusName:
      line.bus_name = value;
      break;
    case kConfig:
      line.config = value;
      break;
    case kStateDirectory:
      line.state_directory = value;
      break;
    case kLogLevel: {
      const auto level = ParseLogLevel(value);
      if (!level) {
        return fmt::format(
            "--log-level {}: it takes error, warning, notice, info or debug",
            value);
      }
      line.log_level = *level;
      break;
    }
    case kRekey:
      line.rekey = true;
      break;
    case kNoWait:
      line.wait = false;
      break;
    case kVersion:
      line.version = true;
      break;
    case kHelp:
      line.help = true;
      break;
  }
  return std::nullopt;
}

}  // namespace

std::expected<CommandLine, std::string> ParseCommandLine(int argc,
                                                         char** argv) {
  CommandLine line;
  // Set by systemd for StateDirectory=.
  const char* state = getenv("STATE_DIRECTORY");
  line.state_directory = state != nullptr ? state : kDefaultStateDirectory;
  const char* credentials = getenv("CREDENTIALS_DIRECTORY");
  line.credentials = credentials != nullptr ? credentials : "";
  optind = 0;
  opterr = 0;
  for (;;) {
    const int which = getopt_long(argc, argv, ":", kOptions.data(), nullptr);
    if (which == -1) break;
    if (which == '?') {
      // Set for single letters only; argv may be a word behind with those.
      if (optopt > ' ') {
        return std::unexpected(
            fmt::format("unknown option -{}", static_cast<char>(optopt)));
      }
      return std::unexpected(
          fmt::format("unknown option {}", argv[optind - 1]));
    }
    if (which == ':') {
      return std::unexpected(
          fmt::format("option {} needs a value", argv[optind - 1]));
    }
    if (auto mistake = Apply(which, optarg, line)) {
      return std::unexpected(*mistake);
    }
  }
  if (optind < argc) {
    return std::unexpected(
        fmt::format("{}: no such argument is taken", argv[optind]));
  }
  return line;
}

std::string HelpText() {
  return R"(bondd: pairing, passkeys and bonds of Bluetooth LE adapters, on D-Bus

  --adapter SPEC       hciN, unix:PATH, tcp:HOST:PORT or sim; repeatable
  --sim-listen SPEC    unix:PATH: offers a controller on the simulated air to
                       another host stack; repeatable
  --bus BUS            system (default), session or a D-Bus address
  --bus-name NAME      default org.bondd
  --config FILE        default /etc/bondd/bondd.conf, if it is there
  --state-dir DIR      default /var/lib/bondd
  --log-level LEVEL    error, warning, notice, info (default) or debug
  --rekey              seals the bonds with another key: the credential
                       bondd.key where there is one, else a new key file;
                       then ends. No bondd may be running on the directory
  --no-wait            an adapter that is not there is an error
  --version, --help
)";
}

}  // namespace bondd::daemon
