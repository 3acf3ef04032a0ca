#include "dbus/adapter_object.h"

#include <algorithm>
#include <utility>

#include "dbus/bond_transfer.h"
#include "dbus/oob_options.h"
#include "dbus/option_reader.h"
#include "dbus/options.h"
#include "dbus/paths.h"

namespace bondd::dbus {

namespace {

// Of one ListBonds call.
constexpr uint32_t kMaxListed = 1024;

std::vector<WireDictionary> ToWire(std::vector<Dictionary> dictionaries) {
  std::vector<WireDictionary> wire;
  wire.reserve(dictionaries.size());
  for (auto& dictionary : dictionaries)
    wire.emplace_back(std::move(dictionary));
  return wire;
}

}  // namespace

AdapterObject::AdapterObject(sdbus::IConnection& connection,
                             HandlerContext& context,
                             const AdapterProperties& properties)
    : AdaptorInterfaces(connection,
                        sdbus::ObjectPath(AdapterPath(properties.name))),
      context_(context),
      name_(properties.name),
      properties_(properties) {
  registerAdaptor();
}

AdapterObject::~AdapterObject() { unregisterAdaptor(); }

std::vector<std::string> AdapterObject::Update(
    const AdapterProperties& properties) {
  const AdapterProperties& old = properties_;
  std::vector<std::string> names;
  const auto note = [&](bool changed, const char* name) {
    if (changed) names.emplace_back(name);
  };
  note(properties.address.octets != old.address.octets, "Address");
  note(properties.address.type != old.address.type, "AddressType");
  note(properties.identity != old.identity, "Identity");
  note(properties.transport != old.transport, "Transport");
  note(properties.powered != old.powered, "Powered");
  note(properties.trusted != old.trusted, "Trusted");
  note(properties.pairable != old.pairable, "Pairable");
  note(properties.pairing_defaults != old.pairing_defaults, "PairingDefaults");
  note(properties.privacy != old.privacy, "Privacy");
  note(properties.advertising != old.advertising, "Advertising");
  note(properties.scanning != old.scanning, "Scanning");
  note(properties.trace != old.trace, "Trace");
  note(properties.repeated_attempts != old.repeated_attempts,
       "RepeatedAttempts");
  properties_ = properties;
  return names;
}

void AdapterObject::EmitChanges(const std::vector<std::string>& names) {
  EmitChanged(getObject(), INTERFACE_NAME, names);
}
void AdapterObject::EmitAdded() { getObject().emitInterfacesAddedSignal(); }
void AdapterObject::EmitRemoved() { getObject().emitInterfacesRemovedSignal(); }

void AdapterObject::Connect(sdbus::Result<sdbus::ObjectPath>&& result,
                            std::string address, std::string type,
                            WireDictionary options) {
  RunHandler(context_, [&] {
    const auto peer = Unwrap(ParseAddress(address, type));
    const auto parsed = Unwrap(ParseConnectOptions(options.entries));
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller& caller) {
                  context_.operations.Connect(call, caller, name_, peer,
                                              parsed);
                });
  });
}

void AdapterObject::InitiatePairing(sdbus::Result<WireDictionary>&& result,
                                    std::string address, std::string type,
                                    WireDictionary options) {
  RunHandler(context_, [&] {
    const auto peer = Unwrap(ParseAddress(address, type));
    auto parsed = Unwrap(ParsePairingOptions(options.entries));
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller& caller) {
                  context_.operations.InitiatePairing(call, caller, name_, peer,
                                                      std::move(parsed));
                });
  });
}

void AdapterObject::AcceptPairing(const WireDictionary& options) {
  auto parsed = RunHandler(
      context_, [&] { return Unwrap(ParseArmOptions(options.entries)); });
  RunArming(context_, getObject(), parsed.pairing.agent.has_value(),
            [&](const Caller& caller) {
              return context_.operations.AcceptPairing(caller, name_,
                                                       std::move(parsed));
            });
}

void AdapterObject::CancelAcceptPairing() {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    Unwrap(context_.operations.CancelAcceptPairing(caller, name_));
  });
}

void AdapterObject::StartAdvertising(const WireDictionary& options) {
  RunHandler(context_, [&] {
    const auto parsed = Unwrap(ParseAdvertisingOptions(options.entries));
    Unwrap(context_.operations.StartAdvertising(name_, parsed));
  });
}

void AdapterObject::StopAdvertising() {
  RunHandler(context_,
             [&] { Unwrap(context_.operations.StopAdvertising(name_)); });
}

void AdapterObject::StartScan(const WireDictionary& options) {
  RunHandler(context_, [&] {
    const auto parsed = Unwrap(ParseScanOptions(options.entries));
    Unwrap(context_.operations.StartScan(name_, parsed));
  });
}

void AdapterObject::StopScan() {
  RunHandler(context_, [&] { Unwrap(context_.operations.StopScan(name_)); });
}

std::vector<WireDictionary> AdapterObject::GetScanResults() {
  return RunHandler(context_, [&] {
    return ToWire(context_.operations.GetScanResults(name_));
  });
}

bool AdapterObject::IsDeviceBonded(const std::string& address,
                                   const std::string& type,
                                   const std::string& role) {
  return RunHandler(context_, [&] {
    const auto peer = Unwrap(ParseAddress(address, type));
    const auto parsed = Unwrap(ParseBondRole(role));
    return context_.operations.IsDeviceBonded(name_, peer, parsed);
  });
}

sdbus::ObjectPath AdapterObject::FindBond(const std::string& address,
                                          const std::string& type) {
  return RunHandler(context_, [&] {
    const auto peer = Unwrap(ParseAddress(address, type));
    return sdbus::ObjectPath(Unwrap(context_.operations.FindBond(name_, peer)));
  });
}

std::vector<WireDictionary> AdapterObject::ListBonds(const uint32_t& offset,
                                                     const uint32_t& limit) {
  return RunHandler(context_, [&] {
    const uint32_t bounded =
        limit == 0 ? kMaxListed : std::min(limit, kMaxListed);
    return ToWire(context_.operations.ListBonds(name_, offset, bounded));
  });
}

void AdapterObject::RemoveBonding(sdbus::Result<>&& result, std::string address,
                                  std::string type) {
  RunHandler(context_, [&] {
    const auto peer = Unwrap(ParseAddress(address, type));
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller&) {
                  context_.operations.RemoveBonding(call, name_, peer);
                });
  });
}

void AdapterObject::RemoveAllBonds(sdbus::Result<uint32_t>&& result) {
  RunHandler(context_, [&] {
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller&) {
                  context_.operations.RemoveAllBonds(call, name_);
                });
  });
}

void AdapterObject::Trust(sdbus::Result<>&& result) {
  RunHandler(context_, [&] {
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller& caller) {
                  context_.operations.Trust(call, caller, name_);
                });
  });
}

WireDictionary AdapterObject::GenerateOob(const WireDictionary& options) {
  return RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    const auto parsed = Unwrap(ParseGenerateOob(options.entries));
    return WireDictionary(
        Unwrap(context_.operations.GenerateOob(caller, name_, parsed)));
  });
}

void AdapterObject::ReleaseOob(const uint32_t& id) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    Unwrap(context_.operations.ReleaseOob(caller, name_, id));
  });
}

void AdapterObject::SetRemoteOob(const std::string& address,
                                 const std::string& type,
                                 const WireDictionary& data) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    const auto peer = Unwrap(ParseAddress(address, type));
    auto parsed = Unwrap(ParseRemoteOob(data.entries, peer));
    Unwrap(context_.operations.SetRemoteOob(caller, name_, peer,
                                            std::move(parsed)));
  });
}

void AdapterObject::ClearRemoteOob(const std::string& address,
                                   const std::string& type) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    const auto peer = Unwrap(ParseAddress(address, type));
    Unwrap(context_.operations.ClearRemoteOob(caller, name_, peer));
  });
}

void AdapterObject::ExportBonds(sdbus::Result<>&& result, sdbus::UnixFd fd,
                                std::string format, WireDictionary options) {
  RunHandler(context_, [&] {
    auto taken =
        Unwrap(TakeDescriptor(std::move(fd), TransferDirection::kToCaller));
    const auto parsed_format = Unwrap(ParseBondFormat(format));
    const auto parsed = Unwrap(ParseExportOptions(options.entries));
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller& caller) {
                  context_.operations.ExportBonds(call, caller, name_,
                                                  std::move(taken),
                                                  parsed_format, parsed);
                });
  });
}

void AdapterObject::ImportBonds(sdbus::Result<Paths>&& result, sdbus::UnixFd fd,
                                std::string format, WireDictionary options) {
  RunHandler(context_, [&] {
    auto taken =
        Unwrap(TakeDescriptor(std::move(fd), TransferDirection::kFromCaller));
    const auto parsed_format = Unwrap(ParseBondFormat(format));
    if (parsed_format == BondFormat::kWireshark) {
      throw ToSdbusError(
          InvalidArgument("format", "wireshark is for export only"));
    }
    const auto parsed = Unwrap(ParseImportOptions(options.entries));
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller& caller) {
                  context_.operations.ImportBonds(call, caller, name_,
                                                  std::move(taken),
                                                  parsed_format, parsed);
                });
  });
}

std::string AdapterObject::Address() { return properties_.address.ToString(); }

std::string AdapterObject::AddressType() {
  return std::string(ToString(properties_.address.type));
}

AdapterObject::Address2 AdapterObject::Identity() {
  return Address2(properties_.identity.ToString(),
                  std::string(ToString(properties_.identity.type)));
}

void AdapterObject::Pairable(const bool& value) {
  RunHandler(context_,
             [&] { Unwrap(context_.operations.SetPairable(name_, value)); });
}

WireDictionary AdapterObject::PairingDefaults() {
  return WireDictionary(properties_.pairing_defaults);
}

void AdapterObject::PairingDefaults(const WireDictionary& value) {
  RunHandler(context_, [&] {
    auto parsed = Unwrap(ParsePairingDefaults(value.entries));
    Unwrap(context_.operations.SetPairingDefaults(name_, std::move(parsed)));
  });
}

void AdapterObject::Privacy(const std::string& value) {
  RunHandler(context_, [&] {
    const auto mode = Unwrap(ParsePrivacy(value));
    Unwrap(context_.operations.SetPrivacy(name_, mode));
  });
}

void AdapterObject::Trace(const bool& value) {
  RunHandler(context_,
             [&] { Unwrap(context_.operations.SetTrace(name_, value)); });
}

WireDictionary AdapterObject::RepeatedAttempts() {
  return WireDictionary(properties_.repeated_attempts);
}

void AdapterObject::RepeatedAttempts(const WireDictionary& value) {
  RunHandler(context_, [&] {
    const auto parsed = Unwrap(ParseRepeatedAttempts(value.entries));
    Unwrap(context_.operations.SetRepeatedAttempts(name_, parsed));
  });
}

}  // namespace bondd::dbus
