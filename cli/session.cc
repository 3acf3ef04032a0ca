#include "cli/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "common/device_address.h"

namespace bondd::cli {

namespace {

std::string UpperCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return static_cast<char>(toupper(letter));
  });
  return text;
}

std::string Names(const std::vector<Object>& objects) {
  std::string names;
  for (const Object& object : objects) {
    if (!names.empty()) names += ", ";
    names += LastPart(object.path);
  }
  return names;
}

bool HasAddress(const Json& link, const std::string& address) {
  return link.at("Peer").at(0) == address || link.at("OnAirAddress") == address;
}

// The type under which the daemon knows the address.
std::optional<std::string> KnownType(Session& session,
                                     const std::string& adapter,
                                     const std::string& address) {
  for (const Object& link : session.tree.Below(adapter, "Connection1")) {
    if (link.properties.at("Peer").at(0) == address) {
      return link.properties.at("Peer").at(1);
    }
    if (link.properties.at("OnAirAddress") == address) {
      return link.properties.at("OnAirAddressType");
    }
  }
  for (const Object& bond : session.tree.Below(adapter, "Bond1")) {
    const Json& identity = bond.properties.at("Identity");
    if (identity.at(0) == address) return identity.at(1);
  }
  const auto heard = session.bus->Call(adapter, "Adapter1", "GetScanResults");
  if (!heard) return std::nullopt;
  for (const Json& device : heard->at(0)) {
    if (device.at("Address") == address) return device.at("AddressType");
  }
  return std::nullopt;
}

}  // namespace

Outcome<std::string> FindAdapter(Session& session) {
  if (const auto loaded = session.tree.Load(*session.bus); !loaded) {
    return std::unexpected(loaded.error());
  }
  const auto adapters = session.tree.Below(kRootPath, "Adapter1");
  if (!session.adapter.empty()) {
    const std::string path = kRootPath + ("/" + session.adapter);
    if (std::ranges::find(adapters, path, &Object::path) != adapters.end()) {
      return path;
    }
    return Fail("NoAdapter",
                fmt::format("bondd has no adapter {}", session.adapter));
  }
  if (adapters.empty()) {
    return Fail("NoAdapter", "bondd has no adapter at the moment");
  }
  if (adapters.size() > 1) {
    return UsageError(
        fmt::format("-a has to say which adapter: {}", Names(adapters)));
  }
  return adapters.front().path;
}

bool IsAddress(const std::string& text) {
  return DeviceAddress::Parse(text, AddressType::kPublic).has_value();
}

bool IsPeer(const Json& link, const PeerAddress& peer) {
  return link.at("Peer") == Json::array({peer.address, peer.type}) ||
         (link.at("OnAirAddress") == peer.address &&
          link.at("OnAirAddressType") == peer.type);
}

Outcome<Object> FindLink(Session& session, const std::string& target) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto links = session.tree.Below(*adapter, "Connection1");
  if (IsAddress(target)) {
    const std::string address = UpperCase(target);
    for (const Object& link : links) {
      if (HasAddress(link.properties, address)) return link;
    }
    return Fail("NotConnected", fmt::format("{} has no link with {}",
                                            LastPart(*adapter), address));
  }
  // [Vol 4, Part E] 5.4.2: handles have 12 bits.
  const auto handle = ParseNumber("HANDLE", target, 0, 0x0EFF);
  if (!handle) return std::unexpected(handle.error());
  for (const Object& link : links) {
    if (link.properties.at("Handle") == *handle) return link;
  }
  return Fail("NotConnected", fmt::format("{} has no link with the handle {}",
                                          LastPart(*adapter), *handle));
}

Outcome<PeerAddress> FindPeer(Session& session, const std::string& adapter,
                              const Arguments& arguments,
                              const std::string& address) {
  if (!IsAddress(address)) {
    return UsageError(
        fmt::format("'{}' is no address (AA:BB:CC:DD:EE:FF)", address));
  }
  const std::string upper = UpperCase(address);
  if (const auto type = arguments.Get("type")) {
    if (!ParseAddressType(*type)) {
      return UsageError("--type: it takes public or random");
    }
    return PeerAddress{upper, *type};
  }
  return PeerAddress{upper,
                     KnownType(session, adapter, upper).value_or("public")};
}

OptionSpec TypeOption() {
  return {"type", "TYPE",
          "public or random; without it that of the link, bond or advertiser "
          "with this address, else public"};
}

}  // namespace bondd::cli
