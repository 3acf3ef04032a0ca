#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/doctor_checks.h"
#include "cli/session.h"

namespace bondd::cli {

namespace {

using Findings = std::vector<Finding>;

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kNote:
      return "note";
    default:
      return "problem";
  }
}

// The bondd on the bus; nothing when there is none.
std::optional<pid_t> FindDaemon(Session& session, Findings& findings) {
  const auto owned =
      session.bus->CallBus("NameHasOwner", {Value(session.bus_name)});
  if (!owned) {
    findings.push_back({"bus", Verdict::kProblem, Explain(owned.error())});
    return std::nullopt;
  }
  if (owned->at(0) == false) {
    findings.push_back({"bondd", Verdict::kProblem,
                        "does not run: nobody owns " + session.bus_name,
                        "systemctl start bondd; journalctl -u bondd says why "
                        "it ended"});
    return std::nullopt;
  }
  const auto pid = session.bus->CallBus("GetConnectionUnixProcessID",
                                        {Value(session.bus_name)});
  if (!pid) {
    findings.push_back({"bondd", Verdict::kNote, Explain(pid.error())});
    return std::nullopt;
  }
  findings.push_back({"bondd", Verdict::kOk,
                      fmt::format("runs as process {}", pid->at(0).dump())});
  return pid->at(0).get<pid_t>();
}

// What the daemon has found wrong with its files.
void CheckStore(Session& session, Findings& findings) {
  const auto notices =
      session.bus->Call(kRootPath, "org.freedesktop.DBus.Properties", "Get",
                        {Value(std::string("org.bondd.Manager1")),
                         Value(std::string("StoreNotices"))});
  if (!notices) return;
  for (const Json& notice : notices->at(0)) {
    findings.push_back({"bond store", Verdict::kProblem, InWords(notice),
                        "what was set aside lies in the state directory; "
                        "journalctl -u bondd has the whole story"});
  }
  if (notices->at(0).empty()) {
    findings.push_back({"bond store", Verdict::kOk, "nothing was found wrong"});
  }
}

// Whether this user may call it, and what it has.
void CheckAdapters(Session& session, const std::filesystem::path& root,
                   Findings& findings) {
  if (const auto loaded = session.tree.Load(*session.bus); !loaded) {
    findings.push_back({"access", Verdict::kProblem,
                        "bondd does not answer this user",
                        Explain(loaded.error())});
    return;
  }
  findings.push_back({"access", Verdict::kOk, "bondd answers this user"});
  std::vector<std::string> owned;
  for (const Object& adapter : session.tree.Below(kRootPath, "Adapter1")) {
    const std::string name = LastPart(adapter.path);
    owned.push_back(name);
    if (adapter.properties.at("Powered") == true) {
      findings.push_back({"adapter", Verdict::kOk, name + " works"});
    } else {
      findings.push_back({"adapter", Verdict::kProblem, name + " has no power",
                          "journalctl -u bondd says why"});
    }
    if (adapter.properties.at("Trusted") != true) {
      findings.push_back(
          {"adapter", Verdict::kProblem,
           name + " is not trusted: it has the address of another controller",
           "if you moved or replaced it: bondctl -a " + name + " trust"});
    }
  }
  if (owned.empty()) {
    findings.push_back({"adapter", Verdict::kProblem,
                        "bondd has none: the one it was told to take is "
                        "absent, blocked or used by another program",
                        "journalctl -u bondd says which; bondd waits for it"});
  }
  for (const std::string& local : LocalAdapters(root)) {
    if (std::ranges::find(owned, local) != owned.end()) continue;
    if (IsUp(local)) {
      findings.push_back({"adapter",
                          owned.empty() ? Verdict::kProblem : Verdict::kNote,
                          local + " is up: bondd cannot take it",
                          "bluetoothctl power off; systemctl stop bluetooth"});
      continue;
    }
    findings.push_back({"adapter", Verdict::kNote,
                        local + " is there, but not bondd's",
                        "to have it: Use=" + local + " in bondd.conf"});
  }
}

Findings Examine(Session& session, const std::filesystem::path& root) {
  Findings findings;
  std::optional<DaemonProcess> daemon;
  // What is mounted somewhere has no bus.
  if (root == "/") {
    auto bus = Bus::Open(session.loop, session.bus_address, session.bus_name);
    if (bus) {
      session.bus = bus->get();
      if (const auto pid = FindDaemon(session, findings)) {
        daemon = ReadDaemonProcess(root, *pid);
        CheckAdapters(session, root, findings);
        CheckStore(session, findings);
        findings.push_back(CheckCapability(*daemon));
      }
      session.tree = ObjectTree();
      session.bus = nullptr;
    } else {
      findings.push_back({"bus", Verdict::kProblem, bus.error().message,
                          "is D-Bus running? apt install dbus"});
    }
  }
  const std::filesystem::path state =
      daemon ? daemon->state_directory : std::filesystem::path();
  findings.push_back(CheckPolicy(root));
  findings.push_back(CheckConfiguration(root));
  findings.push_back(CheckBluetoothd(root));
  for (Finding& finding : CheckRfkill(root)) {
    findings.push_back(std::move(finding));
  }
  findings.push_back(CheckStateDirectory(
      root, state, daemon ? std::optional(daemon->uid) : std::nullopt));
  findings.push_back(CheckSealingKey(root, state));
  return findings;
}

Outcome<int> Doctor(Session& session, const Arguments& arguments) {
  const std::filesystem::path root = arguments.Get("root").value_or("/");
  if (!std::filesystem::is_directory(root)) {
    return UsageError("--root: " + root.string() + " is no directory");
  }
  const Findings findings = Examine(session, root);
  Json all = Json::array();
  std::string text;
  bool sound = true;
  for (const Finding& finding : findings) {
    sound = sound && finding.verdict != Verdict::kProblem;
    all.push_back({{"Check", finding.check},
                   {"Verdict", NameOf(finding.verdict)},
                   {"Detail", finding.detail},
                   {"Remedy", finding.remedy}});
    text += fmt::format("{}{:<8} {}: {}", text.empty() ? "" : "\n",
                        NameOf(finding.verdict), finding.check, finding.detail);
    if (!finding.remedy.empty()) {
      text += fmt::format("\n{:<8} -> {}", "", finding.remedy);
    }
  }
  session.out.Print({{"Findings", std::move(all)}}, text);
  return sound ? kOk : kNegative;
}

}  // namespace

CommandSpecs DoctorCommands() {
  CommandSpec doctor{
      "doctor",
      "Look for what keeps bondd from working; 1 if there is a problem",
      {},
      {{"root", "DIR", "look at the system that is mounted there"}},
      Doctor};
  doctor.needs_bus = false;
  return {doctor};
}

}  // namespace bondd::cli
