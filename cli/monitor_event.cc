#include "cli/monitor_event.h"

#include <fmt/format.h>

#include <utility>

#include "cli/association.h"
#include "cli/output.h"

namespace bondd::cli {

namespace {

constexpr char kInterfacePrefix[] = "org.bondd.";

Json NewEvent(const std::string& name, const std::string& path,
              const ObjectTree& tree) {
  Json event = {{"Event", name}, {"Adapter", LastPart(AdapterOf(path))}};
  const std::string part = LastPart(path);
  if (part.starts_with("conn_")) {
    event["Connection"] = part;
    const Json link = tree.Properties(path, "Connection1");
    if (link.is_object()) event["Peer"] = link.at("Peer");
  } else if (part.starts_with("bond_")) {
    event["Bond"] = part;
  }
  return event;
}

void Merge(Json& event, const Json& more) {
  for (const auto& [key, value] : more.items()) event[key] = value;
}

std::vector<Json> Added(const Signal& signal, const ObjectTree& tree) {
  const std::string path = signal.arguments.at(0);
  std::vector<Json> events;
  for (const auto& [interface, properties] : signal.arguments.at(1).items()) {
    if (interface == "org.bondd.Connection1") {
      Json event = NewEvent("Connected", path, tree);
      event["Handle"] = properties.at("Handle");
      event["Role"] = properties.at("Role");
      events.push_back(std::move(event));
    } else if (interface == "org.bondd.Bond1") {
      Json event = NewEvent("BondAdded", path, tree);
      event["Identity"] = properties.at("Identity");
      events.push_back(std::move(event));
    } else if (interface == "org.bondd.Adapter1") {
      events.push_back(NewEvent("AdapterAdded", path, tree));
    }
  }
  return events;
}

std::vector<Json> Removed(const Signal& signal, const ObjectTree& tree) {
  const std::string path = signal.arguments.at(0);
  std::vector<Json> events;
  for (const Json& interface : signal.arguments.at(1)) {
    if (interface == "org.bondd.Bond1") {
      events.push_back(NewEvent("BondRemoved", path, tree));
    } else if (interface == "org.bondd.Adapter1") {
      events.push_back(NewEvent("AdapterRemoved", path, tree));
    }
  }
  return events;
}

// What is asked of the user and how far pairing is are events of their own.
std::vector<Json> Changed(const Signal& signal, const ObjectTree& tree) {
  std::vector<Json> events;
  Json rest = Json::object();
  for (const auto& [name, value] : signal.arguments.at(1).items()) {
    if (name == "LastPairing") continue;  // PairingCompleted has it
    if (name == "Prompt" || name == "PairingState") {
      Json event = NewEvent(name, signal.path, tree);
      event[name == "Prompt" ? "Prompt" : "State"] = value;
      events.push_back(std::move(event));
    } else {
      rest[name] = value;
    }
  }
  if (!rest.empty()) {
    Json event = NewEvent("PropertiesChanged", signal.path, tree);
    event["Changed"] = std::move(rest);
    events.push_back(std::move(event));
  }
  return events;
}

Json OwnSignal(const Signal& signal, const ObjectTree& tree) {
  Json event = NewEvent(signal.member, signal.path, tree);
  const Json& arguments = signal.arguments;
  if (signal.member == "PduTraced") {
    event["Direction"] = arguments.at(0);
    event["Name"] = arguments.at(1);
    event["Microseconds"] = arguments.at(2);
  } else if (signal.member == "KeysReceived") {
    event["Local"] = arguments.at(0);
    event["Remote"] = arguments.at(1);
  } else if (signal.member == "Keypress") {
    event["Type"] = arguments.at(0);
  } else if (signal.member == "Disconnected") {
    event["Reason"] = arguments.at(0);
  } else if (arguments.size() == 1 && arguments.at(0).is_object()) {
    Merge(event, arguments.at(0));
    if (const std::string why = ExplainMethod(arguments.at(0)); !why.empty()) {
      event["Why"] = why;
    }
  }
  return event;
}

std::string DescribeCompleted(const Json& event) {
  if (event.value("Status", "") != "ok") {
    return fmt::format(
        "pairing failed at {}: {} (0x{:02X}), side {}",
        event.value("Phase", "unknown"), event.value("ReasonName", "Unknown"),
        event.value("Reason", 0), event.value("Side", "unknown"));
  }
  std::string text = DescribePairing(event);
  text = text.substr(0, text.find('\n'));
  if (event.contains("Why")) {
    text += fmt::format(" {} because {}.", event.value("Method", ""),
                        event.at("Why").get<std::string>());
  }
  return text;
}

// What is left when the fields that every line begins with are gone.
std::string Details(const Json& event) {
  Json rest = event;
  for (const char* key : {"Event", "Adapter", "Connection", "Peer", "Time"}) {
    rest.erase(key);
  }
  return rest.empty() ? "" : " " + InWords(rest);
}

}  // namespace

std::vector<Json> EventsOf(const Signal& signal, const ObjectTree& tree) {
  if (signal.member == "InterfacesAdded") return Added(signal, tree);
  if (signal.member == "InterfacesRemoved") return Removed(signal, tree);
  if (signal.member == "PropertiesChanged") return Changed(signal, tree);
  if (!signal.interface.starts_with(kInterfacePrefix)) return {};
  return {OwnSignal(signal, tree)};
}

std::string DescribeEvent(const Json& event) {
  std::string text = event.value("Adapter", "");
  if (event.contains("Peer")) {
    text += " " + event.at("Peer").at(0).get<std::string>();
  }
  const std::string name = event.at("Event");
  if (name == "PduTraced") {
    return fmt::format("{} {} {}", text,
                       event.at("Direction") == "sent" ? "->" : "<-",
                       event.at("Name").get<std::string>());
  }
  if (name == "Prompt") {
    return text +
           " asks the user for: " + event.at("Prompt").get<std::string>();
  }
  if (name == "PairingState") {
    return text + " " + event.at("State").get<std::string>();
  }
  if (name == "PairingCompleted") {
    return text + " " + DescribeCompleted(event);
  }
  if (name == "KeysReceived") {
    return fmt::format("{} keys: {} from here, {} from the peer", text,
                       InWords(event.at("Local")), InWords(event.at("Remote")));
  }
  return text + " " + name + Details(event);
}

}  // namespace bondd::cli
