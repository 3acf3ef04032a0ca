#include "dbus/options.h"

#include <utility>

#include "dbus/option_reader.h"

namespace bondd::dbus {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMaxNameSize = 248;        // [Vol 3, Part C] 3.2.2
constexpr size_t kMaxAdvertisingSize = 31;  // [Vol 6, Part B] 2.3.1.1

template <typename Unit>
std::optional<Duration> DurationOf(std::optional<uint32_t> count) {
  if (!count) return std::nullopt;
  return Duration(Unit(*count));
}

template <typename T>
ApiResult<T> Finished(const OptionReader& reader, T&& options) {
  if (auto finished = reader.Finish(); !finished) {
    return std::unexpected(std::move(finished.error()));
  }
  return std::forward<T>(options);
}

// The inner nothing is "auto".
using IoOption = std::optional<smp::IoCapability>;
std::optional<IoOption> ParseIoOption(std::string_view text) {
  if (text == "auto") return IoOption();
  if (const auto value = smp::ParseIoCapability(text)) return IoOption(value);
  return std::nullopt;
}

std::optional<smp::KeyDistribution> Keys(OptionReader& reader,
                                         std::string_view key) {
  const auto names = reader.Strings(key);
  if (!names) return std::nullopt;
  smp::KeyDistribution keys;
  for (const auto& name : *names) {
    if (!smp::AddKey(name, keys)) {
      reader.Fail(key, "holds something other than enc, id, sign");
      return std::nullopt;
    }
  }
  return keys;
}

std::optional<smp::AssociationModels> Methods(OptionReader& reader) {
  constexpr std::string_view kKey = "Methods";
  const auto names = reader.Strings(kKey);
  if (!names) return std::nullopt;
  smp::AssociationModels methods;
  for (const auto& name : *names) {
    if (!smp::AddModel(name, methods)) {
      reader.Fail(kKey,
                  "holds something other than JustWorks, NumericComparison, "
                  "PasskeyEntry, OutOfBand");
      return std::nullopt;
    }
  }
  if (methods.empty()) reader.Fail(kKey, "is empty");
  return methods;
}

// What PairingDefaults takes as well.
void ReadLasting(OptionReader& reader, smp::PairingOptions& options) {
  options.io_capability =
      reader.Name("IoCapability", ParseIoOption,
                  "DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, "
                  "KeyboardDisplay, auto");
  options.bonding = reader.Boolean("Bonding");
  options.mitm = reader.Name("Mitm", smp::ParseMitmOption, "auto, no, yes");
  options.secure_connections = reader.Name(
      "SecureConnections", smp::ParseSecureConnectionsOption, "on, off, only");
  options.keypress = reader.Boolean("Keypress");
  options.initiator_keys = Keys(reader, "InitiatorKeys");
  options.responder_keys = Keys(reader, "ResponderKeys");
  options.min_key_size = reader.U8("MinKeySize", 7, 16);
  options.max_key_size = reader.U8("MaxKeySize", 7, 16);
  options.require_level = reader.U8("RequireLevel", 1, 4);
  options.methods = Methods(reader);
  options.debug_keys = reader.Name("DebugKeys", smp::ParseDebugKeysOption,
                                   "reject, accept, use");
  options.replace = reader.Name("Replace", smp::ParseReplaceOption,
                                "never, ask, not-weaker, always");
  options.timeout = DurationOf<milliseconds>(reader.U32("TimeoutMs", 1));
}

// What is for one pairing, or for one arming, alone.
void ReadPassing(OptionReader& reader, smp::PairingOptions& options) {
  options.oob = reader.Name("Oob", smp::ParseOobOption, "auto, no, yes");
  options.oob_legacy_tk = reader.Key<smp::Tk>("OobLegacyTk");
  auto confirm = reader.Key<smp::ConfirmValue>("OobPeerConfirm");
  auto random = reader.Key<smp::Nonce>("OobPeerRandom");
  if (confirm && random) {
    options.oob_peer = {std::move(*confirm), std::move(*random)};
  } else if (confirm) {
    reader.Fail("OobPeerRandom", "is missing beside OobPeerConfirm");
  } else if (random) {
    reader.Fail("OobPeerConfirm", "is missing beside OobPeerRandom");
  }
  options.oob_id = reader.U32("OobId");
  options.passkey = reader.U32("Passkey", 0, 999999);
  options.agent = reader.ObjectPath("Agent");
}

}  // namespace

ApiResult<DeviceAddress> ParseAddress(std::string_view address,
                                      std::string_view type) {
  const auto parsed_type = ParseAddressType(type);
  if (!parsed_type) {
    return std::unexpected(
        InvalidArgument("type", "is neither public nor random"));
  }
  const auto parsed = DeviceAddress::Parse(address, *parsed_type);
  if (!parsed) {
    return std::unexpected(
        InvalidArgument("address", "is not of the form AA:BB:CC:DD:EE:FF"));
  }
  return *parsed;
}

ApiResult<BondRole> ParseBondRole(std::string_view role) {
  if (role == "any") return BondRole::kAny;
  if (role == "central") return BondRole::kCentral;
  if (role == "peripheral") return BondRole::kPeripheral;
  return std::unexpected(
      InvalidArgument("role", "is none of central, peripheral, any"));
}

ApiResult<BondFormat> ParseBondFormat(std::string_view format) {
  if (format == "json") return BondFormat::kJson;
  if (format == "bluez") return BondFormat::kBlueZ;
  if (format == "wireshark") return BondFormat::kWireshark;
  return std::unexpected(
      InvalidArgument("format", "is none of json, bluez, wireshark"));
}

ApiResult<PrivacyMode> ParsePrivacy(std::string_view mode) {
  if (mode == "off") return PrivacyMode::kOff;
  if (mode == "device") return PrivacyMode::kDevice;
  if (mode == "network") return PrivacyMode::kNetwork;
  return std::unexpected(
      InvalidArgument("Privacy", "is none of off, device, network"));
}

ApiResult<smp::IoCapability> ParseCapability(std::string_view capability) {
  if (capability.empty()) return smp::IoCapability::kKeyboardDisplay;
  if (const auto value = smp::ParseIoCapability(capability)) return *value;
  return std::unexpected(InvalidArgument(
      "capability",
      "is none of DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, "
      "KeyboardDisplay"));
}

ApiResult<void> CheckBondName(std::string_view name) {
  const Dictionary dictionary{{"Name", std::string(name)}};
  OptionReader reader(dictionary);
  reader.PlainText("Name", kMaxNameSize);
  return reader.Finish();
}

ApiResult<smp::PairingOptions> ParsePairingOptions(const Dictionary& options) {
  OptionReader reader(options);
  smp::PairingOptions pairing;
  ReadLasting(reader, pairing);
  ReadPassing(reader, pairing);
  return Finished(reader, std::move(pairing));
}

ApiResult<smp::PairingOptions> ParsePairingDefaults(const Dictionary& options) {
  OptionReader reader(options);
  smp::PairingOptions pairing;
  ReadLasting(reader, pairing);
  return Finished(reader, std::move(pairing));
}

ApiResult<ArmOptions> ParseArmOptions(const Dictionary& options) {
  OptionReader reader(options);
  ArmOptions arm;
  ReadLasting(reader, arm.pairing);
  ReadPassing(reader, arm.pairing);
  arm.address = reader.Address();
  arm.count = reader.U32("Count", 1).value_or(arm.count);
  if (const auto duration = reader.U32("ForSeconds")) {
    arm.duration.reset();
    if (*duration > 0) arm.duration = seconds(*duration);
  }
  return Finished(reader, std::move(arm));
}

ApiResult<ConnectOptions> ParseConnectOptions(const Dictionary& options) {
  OptionReader reader(options);
  ConnectOptions connect;
  const auto encrypt = reader.Name<bool>(
      "Encrypt",
      [](std::string_view text) -> std::optional<bool> {
        if (text == "auto") return true;
        if (text == "no") return false;
        return std::nullopt;
      },
      "auto, no");
  connect.encrypt = encrypt.value_or(connect.encrypt);
  connect.timeout = DurationOf<milliseconds>(reader.U32("TimeoutMs", 1))
                        .value_or(connect.timeout);
  return Finished(reader, std::move(connect));
}

ApiResult<AdvertisingOptions> ParseAdvertisingOptions(
    const Dictionary& options) {
  OptionReader reader(options);
  AdvertisingOptions advertising;
  advertising.connectable =
      reader.Boolean("Connectable").value_or(advertising.connectable);
  advertising.name = reader.PlainText("Name", kMaxNameSize).value_or("");
  // [Vol 4, Part E] 7.8.5
  advertising.interval =
      DurationOf<milliseconds>(reader.U32("IntervalMs", 20, 10240))
          .value_or(advertising.interval);
  advertising.data =
      reader.Octets("Data", 0, kMaxAdvertisingSize).value_or(Bytes());
  return Finished(reader, std::move(advertising));
}

ApiResult<ScanOptions> ParseScanOptions(const Dictionary& options) {
  OptionReader reader(options);
  ScanOptions scan;
  scan.active = reader.Boolean("Active").value_or(scan.active);
  scan.duration = DurationOf<seconds>(reader.U32("Seconds", 1));
  return Finished(reader, std::move(scan));
}

ApiResult<EncryptionOptions> ParseEncryptionOptions(const Dictionary& options) {
  OptionReader reader(options);
  EncryptionOptions encryption;
  encryption.level = reader.U8("Level", 1, 4);
  auto ltk = reader.Key<smp::Ltk>("Ltk");
  const auto ediv = reader.U16("Ediv");
  const auto rand = reader.U64("Rand");
  if (ltk) {
    encryption.key =
        smp::LongTermKey{std::move(*ltk), ediv.value_or(0), rand.value_or(0)};
  } else if (ediv || rand) {
    reader.Fail("Ltk", "is missing beside Ediv and Rand");
  }
  return Finished(reader, std::move(encryption));
}

ApiResult<RepeatedAttemptsOptions> ParseRepeatedAttempts(
    const Dictionary& options) {
  constexpr uint32_t kDay = 86'400'000;
  OptionReader reader(options);
  RepeatedAttemptsOptions attempts;
  attempts.first = DurationOf<milliseconds>(reader.U32("First", 1, kDay));
  attempts.max = DurationOf<milliseconds>(reader.U32("Max", 1, kDay));
  attempts.decay = DurationOf<milliseconds>(reader.U32("Decay", 1, kDay));
  attempts.exponent = reader.U8("Exponent", 1, 16);
  attempts.max_attempts = reader.U8("MaxAttempts", 1, 255);
  if (attempts.first && attempts.max && *attempts.max < *attempts.first) {
    reader.Fail("Max", "is less than First");
  }
  return Finished(reader, std::move(attempts));
}

ApiResult<ExportOptions> ParseExportOptions(const Dictionary& options) {
  OptionReader reader(options);
  ExportOptions parsed;
  parsed.address = reader.Address();
  return Finished(reader, std::move(parsed));
}

ApiResult<ImportOptions> ParseImportOptions(const Dictionary& options) {
  OptionReader reader(options);
  ImportOptions parsed;
  parsed.replace =
      reader
          .Name("Replace", smp::ParseReplaceOption, "never, not-weaker, always")
          .value_or(parsed.replace);
  if (parsed.replace == smp::ReplaceOption::kAsk) {
    reader.Fail("Replace", "is none of never, not-weaker, always");
  }
  return Finished(reader, std::move(parsed));
}

ApiResult<void> ParseNoOptions(const Dictionary& options) {
  return OptionReader(options).Finish();
}

}  // namespace bondd::dbus
