#include "cli/doctor_checks.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <sstream>

#include "common/unique_fd.h"

namespace bondd::cli {

namespace {

namespace fs = std::filesystem;

constexpr char kDefaultStateDirectory[] = "var/lib/bondd";

std::string TextOf(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string FirstWord(const fs::path& file) {
  std::ifstream stream(file);
  std::string word;
  stream >> word;
  return word;
}

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<fs::path> Entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    entries.push_back(entry.path());
  }
  std::ranges::sort(entries);
  return entries;
}

// "Key = value" of an INI file, without comments; the last one counts.
std::optional<std::string> Setting(const std::string& text,
                                   const std::string& key) {
  std::istringstream lines(text);
  std::optional<std::string> value;
  for (std::string line; std::getline(lines, line);) {
    std::erase_if(line, [](unsigned char c) { return isspace(c) != 0; });
    if (line.starts_with(key + "=")) value = line.substr(key.size() + 1);
  }
  return value;
}

bool IsNumber(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return isdigit(c) != 0;
  });
}

bool Runs(const fs::path& root, const std::string& program) {
  return std::ranges::any_of(Entries(root / "proc"),
                             [&](const fs::path& entry) {
                               return IsNumber(entry.filename()) &&
                                      FirstWord(entry / "comm") == program;
                             });
}

}  // namespace

DaemonProcess ReadDaemonProcess(const fs::path& root, pid_t pid) {
  constexpr uint64_t kNetAdmin = uint64_t{1} << 12;  // capabilities(7)
  DaemonProcess daemon;
  daemon.pid = pid;
  daemon.state_directory = root / kDefaultStateDirectory;
  const fs::path folder = root / "proc" / std::to_string(pid);
  std::istringstream words(TextOf(folder / "cmdline"));
  std::string before;
  for (std::string word; std::getline(words, word, '\0'); before = word) {
    const std::string option = "--state-dir";
    if (before == option) daemon.state_directory = word;
    if (word.starts_with(option + "=")) {
      daemon.state_directory = word.substr(option.size() + 1);
    }
  }
  std::istringstream lines(TextOf(folder / "status"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string name;
    fields >> name;
    if (name == "Uid:") fields >> daemon.uid;
    uint64_t capabilities = 0;
    if (name == "CapEff:" && fields >> std::hex >> capabilities) {
      daemon.may_administer_network = (capabilities & kNetAdmin) != 0;
    }
  }
  return daemon;
}

Finding CheckPolicy(const fs::path& root) {
  const std::string name = "org.bondd.conf";
  for (const char* folder :
       {"usr/share/dbus-1/system.d", "etc/dbus-1/system.d"}) {
    if (Exists(root / folder / name)) {
      return {"D-Bus policy", Verdict::kOk, (root / folder / name).string()};
    }
  }
  return {"D-Bus policy", Verdict::kProblem,
          name + " is not installed: the system bus lets nobody own org.bondd",
          "install bondd with --prefix=/usr, then systemctl reload dbus"};
}

Finding CheckConfiguration(const fs::path& root) {
  const fs::path file = root / "etc/bondd/bondd.conf";
  std::string text = TextOf(file);
  for (const fs::path& drop_in : Entries(root / "etc/bondd/bondd.conf.d")) {
    if (drop_in.extension() == ".conf") text += "\n" + TextOf(drop_in);
  }
  const auto use = Setting(text, "Use");
  if (use && !use->empty()) {
    return {"configuration", Verdict::kOk, file.string() + " names an adapter"};
  }
  return {"configuration", Verdict::kNote,
          file.string() +
              " names no adapter: bondd ends with status 78, "
              "unless it is started with --adapter",
          "write Use=hci0 below [Adapters]"};
}

Finding CheckBluetoothd(const fs::path& root) {
  if (!Runs(root, "bluetoothd")) {
    return {"bluetoothd", Verdict::kOk, "does not run"};
  }
  const auto enable =
      Setting(TextOf(root / "etc/bluetooth/main.conf"), "AutoEnable");
  if (enable == "false") {
    return {
        "bluetoothd", Verdict::kNote,
        "runs, with AutoEnable=false; an adapter belongs to it or to bondd"};
  }
  return {"bluetoothd", Verdict::kProblem,
          "runs, and powers every adapter on that it finds",
          "systemctl disable --now bluetooth, or AutoEnable=false in "
          "/etc/bluetooth/main.conf"};
}

std::vector<Finding> CheckRfkill(const fs::path& root) {
  std::vector<Finding> findings;
  for (const fs::path& entry : Entries(root / "sys/class/rfkill")) {
    if (FirstWord(entry / "type") != "bluetooth") continue;
    const std::string name = FirstWord(entry / "name");
    if (FirstWord(entry / "hard") == "1") {
      findings.push_back(
          {"rfkill", Verdict::kProblem,
           name + " is switched off by a switch or the firmware",
           "look for the switch, or in the firmware's settings"});
    } else if (FirstWord(entry / "soft") == "1") {
      findings.push_back({"rfkill", Verdict::kProblem, name + " is blocked",
                          "rfkill unblock bluetooth"});
    } else {
      findings.push_back({"rfkill", Verdict::kOk, name + " is not blocked"});
    }
  }
  return findings;
}

Finding CheckCapability(const DaemonProcess& daemon) {
  if (!daemon.may_administer_network) {
    return {"capability", Verdict::kNote,
            fmt::format("process {} cannot be looked at", daemon.pid),
            "run bondctl doctor as root"};
  }
  if (*daemon.may_administer_network) {
    return {"capability", Verdict::kOk, "bondd has CAP_NET_ADMIN"};
  }
  return {"capability", Verdict::kProblem,
          "bondd lacks CAP_NET_ADMIN and cannot take local adapters",
          "start it by its systemd unit, which has AmbientCapabilities="
          "CAP_NET_ADMIN"};
}

Finding CheckStateDirectory(const fs::path& root, const fs::path& directory,
                            std::optional<uid_t> owner) {
  const std::string check = "state directory";
  const fs::path place =
      directory.empty() ? root / kDefaultStateDirectory : directory;
  struct stat status {};
  if (stat(place.c_str(), &status) != 0) {
    return {check, Verdict::kProblem, place.string() + " cannot be found",
            "start bondd by its systemd unit, which makes it"};
  }
  if (!S_ISDIR(status.st_mode)) {
    return {check, Verdict::kProblem, place.string() + " is no directory",
            "move it away"};
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return {check, Verdict::kProblem,
            place.string() + " is open to others than its owner",
            "chmod 700 " + place.string()};
  }
  if (owner && status.st_uid != *owner) {
    return {check, Verdict::kProblem,
            place.string() + " does not belong to the user that bondd runs as",
            fmt::format("chown -R {} {}", *owner, place.string())};
  }
  return {check, Verdict::kOk, place.string()};
}

Finding CheckSealingKey(const fs::path& root, const fs::path& directory) {
  const std::string check = "sealing key";
  const fs::path place =
      directory.empty() ? root / kDefaultStateDirectory : directory;
  for (const char* credential : {"run/credentials/bondd.service/bondd.key",
                                 "etc/credstore.encrypted/bondd.key"}) {
    if (Exists(root / credential)) {
      return {check, Verdict::kOk,
              (root / credential).string() +
                  ": a credential of systemd; it holds against whoever gets "
                  "the whole disk if it is bound to a TPM"};
    }
  }
  if (Exists(place / "bonds.key")) {
    return {check, Verdict::kNote,
            (place / "bonds.key").string() +
                ": a file beside the bonds; it holds against whoever gets the "
                "database alone, not against whoever gets the whole disk",
            "with a TPM: systemd-creds encrypt --with-key=tpm2, see bondd(8)"};
  }
  return {check, Verdict::kNote,
          "none can be seen: bondd makes it at its first start, and only root "
          "and bondd may see it",
          "run bondctl doctor as root"};
}

std::vector<std::string> LocalAdapters(const fs::path& root) {
  std::vector<std::string> names;
  for (const fs::path& entry : Entries(root / "sys/class/bluetooth")) {
    const std::string name = entry.filename();
    // Links have names like hci0:64.
    if (name.starts_with("hci") && IsNumber(name.substr(3))) {
      names.push_back(name);
    }
  }
  return names;
}

bool IsUp(const std::string& adapter) {
  constexpr int kHciProtocol = 1;
  constexpr unsigned long kGetDeviceInfo = _IOR('H', 211, int);
  constexpr uint32_t kUp = 1;
  // The kernel's hci_dev_info.
  struct {
    uint16_t index = 0;
    std::array<char, 8> name{};
    std::array<uint8_t, 6> address{};
    uint32_t flags = 0;
    std::array<uint32_t, 18> rest{};
  } info;
  static_assert(sizeof info == 92);
  const std::string number = adapter.substr(std::string("hci").size());
  const char* end = number.data() + number.size();
  const auto [rest, error] = std::from_chars(number.data(), end, info.index);
  if (error != std::errc() || rest != end) return false;
  const UniqueFd socket(
      ::socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, kHciProtocol));
  return socket && ioctl(socket.get(), kGetDeviceInfo, &info) == 0 &&
         (info.flags & kUp) != 0;
}

}  // namespace bondd::cli
