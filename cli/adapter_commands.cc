#include "cli/adapter_commands.h"

#include <fmt/format.h>

#include <utility>

#include "cli/pairing_options.h"
#include "cli/secret_input.h"
#include "cli/session.h"

namespace bondd::cli {

namespace {

Outcome<int> Adapters(Session& session, const Arguments&) {
  if (const auto loaded = session.tree.Load(*session.bus); !loaded) {
    return std::unexpected(loaded.error());
  }
  Json all = Json::array();
  std::string text;
  for (Object& adapter : session.tree.Below(kRootPath, "Adapter1")) {
    Json& p = adapter.properties;
    text += fmt::format("{}{}  {}  {}{}{}", text.empty() ? "" : "\n",
                        LastPart(adapter.path), InWords(p.at("Identity")),
                        InWords(p.at("Transport")),
                        p.at("Powered") ? "" : "  not powered",
                        p.at("Trusted") ? "" : "  not trusted");
    p["Adapter"] = LastPart(adapter.path);
    all.push_back(std::move(p));
  }
  if (all.empty()) return Fail("NoAdapter", "bondd has no adapter");
  session.out.Print({{"Adapters", std::move(all)}}, text);
  return kOk;
}

Outcome<int> ShowObject(Session& session, const std::string& path,
                        const Json& properties) {
  session.out.Print({{"Path", path}, {"Properties", properties}},
                    path + "\n" + Fields(properties, 2));
  return kOk;
}

Outcome<int> ShowAll(Session& session) {
  const auto version =
      session.bus->Call(kRootPath, "org.freedesktop.DBus.Properties", "Get",
                        {Value(std::string("org.bondd.Manager1")),
                         Value(std::string("Version"))});
  if (!version) return std::unexpected(version.error());
  Json objects = Json::object();
  std::string text = "bondd " + version->at(0).get<std::string>();
  for (const char* interface : {"Adapter1", "Connection1", "Bond1"}) {
    for (const Object& object : session.tree.Below(kRootPath, interface)) {
      objects[object.path] = object.properties;
      text += "\n" + object.path + "\n" + Fields(object.properties, 2);
    }
  }
  session.out.Print({{"Version", version->at(0)}, {"Objects", objects}}, text);
  return kOk;
}

// An adapter's name, a handle, an address of a link or of a bond.
Outcome<int> Show(Session& session, const Arguments& arguments) {
  if (const auto loaded = session.tree.Load(*session.bus); !loaded) {
    return std::unexpected(loaded.error());
  }
  const auto target = arguments.Get("object");
  if (!target) return ShowAll(session);
  const std::string path = std::string(kRootPath) + "/" + *target;
  const Json adapter = session.tree.Properties(path, "Adapter1");
  if (adapter.is_object()) return ShowObject(session, path, adapter);
  const auto link = FindLink(session, *target);
  if (link) return ShowObject(session, link->path, link->properties);
  if (!IsAddress(*target)) return std::unexpected(link.error());
  const auto owner = FindAdapter(session);
  if (!owner) return std::unexpected(owner.error());
  const auto peer = FindPeer(session, *owner, arguments, *target);
  if (!peer) return std::unexpected(peer.error());
  const auto bond =
      session.bus->Call(*owner, "Adapter1", "FindBond",
                        {Value(peer->address), Value(peer->type)});
  if (!bond) return std::unexpected(bond.error());
  const auto properties =
      session.bus->Call(bond->at(0), "org.freedesktop.DBus.Properties",
                        "GetAll", {Value(std::string("org.bondd.Bond1"))});
  if (!properties) return std::unexpected(properties.error());
  return ShowObject(session, bond->at(0), properties->at(0));
}

std::string DescribeDevice(const Json& device) {
  return fmt::format(
      "{} ({})  {} dBm  {}{}", device.at("Address").get<std::string>(),
      device.at("AddressType").get<std::string>(), device.value("Rssi", 0),
      device.value("Name", ""),
      device.value("Connectable", true) ? "" : "  (not connectable)");
}

Outcome<int> Scan(Session& session, const Arguments& arguments) {
  uint64_t seconds = 5;
  if (const auto text = arguments.Get("seconds")) {
    const auto number = ParseSeconds("--seconds", *text);
    if (!number) return std::unexpected(number.error());
    if (*number == 0) return UsageError("--seconds: at least 1");
    seconds = *number;
  }
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const Dictionary options = {{"Active", arguments.Has("active")},
                              {"Seconds", static_cast<uint32_t>(seconds)}};
  const auto listener = session.bus->Listen([&](const Signal& signal) {
    if (signal.member != "DeviceFound" || session.out.json()) return;
    session.out.Print({}, DescribeDevice(signal.arguments.at(0)));
  });
  if (!listener) return std::unexpected(listener.error());
  const auto started =
      session.bus->Call(*adapter, "Adapter1", "StartScan", {options});
  if (!started) return std::unexpected(started.error());
  const Time end = Now() + std::chrono::seconds(seconds);
  const Wake wake = session.loop.RunUntil(
      [&] { return !session.bus->alive() || !session.out.open(); }, end);
  (void)session.bus->Call(*adapter, "Adapter1", "StopScan");
  const auto found = session.bus->Call(*adapter, "Adapter1", "GetScanResults");
  if (!found) return std::unexpected(found.error());
  session.out.Print({{"Devices", found->at(0)}}, "");
  return wake == Wake::kInterrupted ? kCanceled : kOk;
}

Outcome<Dictionary> ReadAdvertising(const Arguments& arguments) {
  Dictionary options;
  if (arguments.Has("not-connectable")) {
    options.emplace_back("Connectable", false);
  }
  if (const auto name = arguments.Get("name")) {
    options.emplace_back("Name", *name);
  }
  if (const auto text = arguments.Get("interval-ms")) {
    const auto interval = ParseNumber("--interval-ms", *text, 20, 10240);
    if (!interval) return std::unexpected(interval.error());
    options.emplace_back("IntervalMs", static_cast<uint32_t>(*interval));
  }
  if (const auto text = arguments.Get("data")) {
    const auto data = ReadSecretOctets("--data", *text, 0, 31);
    if (!data) return std::unexpected(data.error());
    options.emplace_back("Data", *data);
  }
  return options;
}

Outcome<int> Advertise(Session& session, const Arguments& arguments) {
  const auto options = ReadAdvertising(arguments);
  if (!options) return std::unexpected(options.error());
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto done =
      arguments.Has("stop")
          ? session.bus->Call(*adapter, "Adapter1", "StopAdvertising")
          : session.bus->Call(*adapter, "Adapter1", "StartAdvertising",
                              {*options});
  if (!done) return std::unexpected(done.error());
  session.out.Print({{"Status", "ok"}}, "");
  return kOk;
}

// What `set` sets, as the API wants it.
Outcome<Variant> ReadSetting(const std::string& name,
                             const std::string& value) {
  if (name == "Privacy") return Variant{Value(value)};
  const auto boolean = ParseBoolean("VALUE", value);
  if (!boolean) return std::unexpected(boolean.error());
  return Variant{Value(*boolean)};
}

Outcome<int> SetProperty(Session& session, const std::string& name,
                         Variant value) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto set =
      session.bus->SetProperty(*adapter, "Adapter1", name, std::move(value));
  if (!set) return std::unexpected(set.error());
  session.out.Print({{"Status", "ok"}}, "");
  return kOk;
}

Outcome<int> Set(Session& session, const Arguments& arguments) {
  const std::string what = arguments.Text("what");
  const std::string name = what == "pairable"  ? "Pairable"
                           : what == "trace"   ? "Trace"
                           : what == "privacy" ? "Privacy"
                                               : "";
  if (name.empty()) return UsageError("set: pairable, trace or privacy");
  auto value = ReadSetting(name, arguments.Text("value"));
  if (!value) return std::unexpected(value.error());
  return SetProperty(session, name, std::move(*value));
}

Outcome<int> SetDefaults(Session& session, const Arguments& arguments) {
  auto options = ReadPairingOptions(arguments);
  if (!options) return std::unexpected(options.error());
  return SetProperty(session, "PairingDefaults", {std::move(*options)});
}

Outcome<int> SetRepeatedAttempts(Session& session, const Arguments& arguments) {
  Dictionary options;
  for (const auto& [option, key] : {std::pair("first-ms", "First"),
                                    {"max-ms", "Max"},
                                    {"decay-ms", "Decay"}}) {
    const auto text = arguments.Get(option);
    if (!text) continue;
    const auto number = ParseNumber(option, *text, 1, UINT32_MAX);
    if (!number) return std::unexpected(number.error());
    options.emplace_back(key, static_cast<uint32_t>(*number));
  }
  for (const auto& [option, key] :
       {std::pair("exponent", "Exponent"), {"max-attempts", "MaxAttempts"}}) {
    const auto text = arguments.Get(option);
    if (!text) continue;
    const auto number = ParseNumber(option, *text, 1, UINT8_MAX);
    if (!number) return std::unexpected(number.error());
    options.emplace_back(key, static_cast<uint8_t>(*number));
  }
  return SetProperty(session, "RepeatedAttempts", {std::move(options)});
}

Outcome<int> Trust(Session& session, const Arguments&) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto reply = session.bus->Call(*adapter, "Adapter1", "Trust");
  if (!reply) return std::unexpected(reply.error());
  const std::string name = LastPart(*adapter);
  session.out.Print({{"Adapter", name}, {"Trusted", true}},
                    name + " is trusted");
  return kOk;
}

Outcome<int> Predict(Session& session, const Arguments& arguments) {
  const auto local = ReadPairingOptions(arguments);
  if (!local) return std::unexpected(local.error());
  const auto peer = ReadPairingOptions(arguments, "peer-");
  if (!peer) return std::unexpected(peer.error());
  const auto reply =
      session.bus->Call(kRootPath, "Manager1", "Predict", {*local, *peer});
  if (!reply) return std::unexpected(reply.error());
  const Json& prediction = reply->at(0);
  session.out.Print(prediction, Fields(prediction));
  return prediction.value("Status", "ok") == "ok" ? kOk : kNegative;
}

std::vector<OptionSpec> BothSides() {
  std::vector<OptionSpec> specs = LastingOptionSpecs();
  const OptionSpec oob{"oob", "0|1", "out-of-band data of the other is there"};
  specs.push_back(oob);
  for (OptionSpec& spec : LastingOptionSpecs("peer-")) {
    spec.aliases.clear();
    specs.push_back(std::move(spec));
  }
  specs.push_back({"peer-oob", oob.value, oob.help});
  return specs;
}

}  // namespace

CommandSpecs AdapterCommands() {
  return {
      {"adapters", "List the adapters that bondd has", {}, {}, Adapters},
      {"show",
       "Show everything, or one object with its properties",
       {{"object", "ADAPTER, HANDLE or ADDRESS", false}},
       {TypeOption()},
       Show},
      {"scan",
       "List who advertises",
       {},
       {{"seconds", "TIME", "how long (5s)"},
        {"active", "", "ask advertisers for more"}},
       Scan},
      {"advertise",
       "Advertise until told to stop",
       {},
       {{"name", "NAME", "the name to advertise"},
        {"interval-ms", "MS", "20..10240 (100)"},
        {"data", "HEX", "all of the data, in place of flags and name"},
        {"not-connectable", "", "nobody can connect"},
        {"stop", "", "no longer"}},
       Advertise},
      {"set",
       "Set a property of the adapter until the daemon ends",
       {{"what", "pairable, trace or privacy"},
        {"value", "yes or no; privacy: off, device, network"}},
       {},
       Set},
      {"set-defaults",
       "Set how pairings go unless told otherwise; replaces all defaults",
       {},
       LastingOptionSpecs(),
       SetDefaults},
      {"set-repeated-attempts",
       "Set how long a peer waits after a failed pairing",
       {},
       {{"first-ms", "MS", "the first wait"},
        {"max-ms", "MS", "the longest wait"},
        {"decay-ms", "MS", "without failures until the wait shrinks"},
        {"exponent", "N", "how much longer each further wait is"},
        {"max-attempts", "N", "failures that cost no wait"}},
       SetRepeatedAttempts},
      {"trust",
       "Give the controller the bonds, though it is at another place than "
       "before",
       {},
       {},
       Trust},
      {"predict",
       "Say what two sides would agree on, without any radio",
       {},
       BothSides(),
       Predict},
  };
}

}  // namespace bondd::cli
