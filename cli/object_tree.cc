#include "cli/object_tree.h"

#include <algorithm>
#include <utility>

namespace bondd::cli {

namespace {

constexpr char kObjectManager[] = "org.freedesktop.DBus.ObjectManager";

std::string FullName(std::string_view interface) {
  return "org.bondd." + std::string(interface);
}

}  // namespace

Outcome<void> ObjectTree::Load(Bus& bus) {
  if (!listener_) {
    auto listener = bus.Listen([this](const Signal& signal) { Apply(signal); });
    if (!listener) return std::unexpected(listener.error());
    listener_ = std::move(*listener);
  }
  const auto objects = bus.Call(kRootPath, kObjectManager, "GetManagedObjects");
  if (!objects) return std::unexpected(objects.error());
  objects_ = objects->at(0);
  return {};
}

std::vector<Object> ObjectTree::Below(std::string_view path,
                                      std::string_view interface) const {
  std::vector<Object> found;
  const std::string prefix = std::string(path) + "/";
  for (const auto& [place, interfaces] : objects_.items()) {
    const auto entry = interfaces.find(FullName(interface));
    if (place.starts_with(prefix) && entry != interfaces.end()) {
      found.push_back({place, *entry});
    }
  }
  std::ranges::sort(found, {}, &Object::path);
  return found;
}

Json ObjectTree::Properties(const std::string& path,
                            std::string_view interface) const {
  const auto object = objects_.find(path);
  if (object == objects_.end()) return nullptr;
  return object->value(FullName(interface), Json());
}

std::string ObjectTree::PeerOf(const std::string& connection) const {
  const Json properties = Properties(connection, "Connection1");
  if (!properties.is_object()) return connection;
  const Json peer = properties.value("Peer", Json::array());
  return peer.size() == 2 ? peer[0].get<std::string>() : connection;
}

void ObjectTree::Apply(const Signal& signal) {
  const Json& arguments = signal.arguments;
  if (signal.member == "InterfacesAdded") {
    Json& object = objects_[arguments.at(0).get<std::string>()];
    for (const auto& [interface, properties] : arguments.at(1).items()) {
      object[interface] = properties;
    }
  } else if (signal.member == "InterfacesRemoved") {
    objects_.erase(arguments.at(0).get<std::string>());
  } else if (signal.member == "PropertiesChanged" &&
             objects_.contains(signal.path)) {
    Json& properties =
        objects_[signal.path][arguments.at(0).get<std::string>()];
    for (const auto& [name, value] : arguments.at(1).items()) {
      properties[name] = value;
    }
  }
}

std::string AdapterOf(const std::string& path) {
  const size_t slash = path.find('/', sizeof kRootPath);
  return path.substr(0, slash);
}

std::string LastPart(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace bondd::cli
