#include "cli/monitor.h"

#include <fmt/format.h>
#include <time.h>

#include <optional>
#include <set>
#include <utility>

#include "cli/monitor_event.h"
#include "cli/session.h"

namespace bondd::cli {

namespace {

constexpr long kNanosecondsPerMicrosecond = 1000;

// "2026-01-31T12:00:00.123456Z"
std::string TimeNow() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
                     parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec,
                     now.tv_nsec / kNanosecondsPerMicrosecond);
}

// Prints each event as it comes, and has the PDUs' names told meanwhile: the
// property Trace is on for as long as the monitor runs. Where somebody else has
// switched it on it stays so.
class Monitor {
 public:
  Monitor(Session& session, bool trace) : session_(session), trace_(trace) {}

  Outcome<void> Start() {
    auto listener = session_.bus->Listen(
        [this](const Signal& signal) { OnSignal(signal); });
    if (!listener) return std::unexpected(listener.error());
    listener_ = std::move(*listener);
    for (const Object& adapter : session_.tree.Below(kRootPath, "Adapter1")) {
      if (!Wanted(LastPart(adapter.path))) continue;
      if (adapter.properties.at("Trace") == false) {
        fresh_.insert(adapter.path);
      }
    }
    return {};
  }

  // Until somebody has had enough.
  Outcome<int> Run(std::optional<Time> deadline) {
    for (;;) {
      const Wake wake = session_.loop.RunUntil(
          [&] {
            return !fresh_.empty() || !session_.bus->alive() ||
                   !session_.out.open();
          },
          deadline);
      if (wake == Wake::kDone && session_.bus->alive() && session_.out.open()) {
        StartTracing();
        continue;
      }
      StopTracing();
      if (!session_.bus->alive()) {
        return Fail("org.freedesktop.DBus.Error.Disconnected",
                    "the bus is gone");
      }
      return kOk;
    }
  }

 private:
  void OnSignal(const Signal& signal) {
    for (Json& event : EventsOf(signal, session_.tree)) {
      const std::string adapter = event.value("Adapter", "");
      if (!Wanted(adapter)) continue;
      // Another monitor has ended.
      if (event.value("Changed", Json::object()).value("Trace", true) ==
          false) {
        fresh_.insert(signal.path);
      }
      if (event.at("Event") == "AdapterAdded") {
        fresh_.insert(std::string(kRootPath) + "/" + adapter);
      }
      const std::string time = TimeNow();
      event["Time"] = time;
      session_.out.Print(event, time + " " + DescribeEvent(event));
    }
  }

  bool Wanted(const std::string& adapter) const {
    return session_.adapter.empty() || session_.adapter == adapter;
  }

  void StartTracing() {
    const std::set<std::string> fresh = std::exchange(fresh_, {});
    if (!trace_) return;
    for (const std::string& path : fresh) {
      // An adapter may be gone again.
      if (session_.bus->SetProperty(path, "Adapter1", "Trace", {Value(true)})) {
        traced_.insert(path);
      }
    }
  }

  void StopTracing() {
    for (const std::string& path : traced_) {
      (void)session_.bus->SetProperty(path, "Adapter1", "Trace",
                                      {Value(false)});
    }
  }

  Session& session_;
  bool trace_;
  // Adapters that have not been told to trace yet, and those that have.
  std::set<std::string> fresh_;
  std::set<std::string> traced_;
  std::unique_ptr<Listener> listener_;
};

Outcome<int> RunMonitor(Session& session, const Arguments& arguments) {
  std::optional<Time> deadline;
  if (const auto text = arguments.Get("for")) {
    const auto seconds = ParseSeconds("--for", *text);
    if (!seconds) return std::unexpected(seconds.error());
    deadline = Now() + std::chrono::seconds(*seconds);
  }
  if (const auto loaded = session.tree.Load(*session.bus); !loaded) {
    return std::unexpected(loaded.error());
  }
  Monitor monitor(session, !arguments.Has("no-trace"));
  if (const auto started = monitor.Start(); !started) {
    return std::unexpected(started.error());
  }
  return monitor.Run(deadline);
}

}  // namespace

CommandSpecs MonitorCommands() {
  return {{"monitor",
           "Show what happens as it happens, until Ctrl-C; no secrets",
           {},
           {{"for", "TIME", "end after that"},
            {"no-trace", "", "without the names of the PDUs"}},
           RunMonitor}};
}

}  // namespace bondd::cli
