#include "dbus/wire.h"

#include <systemd/sd-bus.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "common/wipe.h"
#include "dbus/api_error.h"

namespace bondd::dbus {

namespace {

[[noreturn]] void Refuse(const std::string& what) {
  throw ToSdbusError({"InvalidArguments", what});
}

// Borrowed from the message, so that a long string costs nothing.
std::string ReadString(sdbus::Message& message, size_t limit,
                       const std::string& key) {
  char* text = nullptr;
  message >> text;
  const std::string_view view = text ? text : "";
  if (view.size() > limit) {
    Refuse(key + ": longer than " + std::to_string(limit) + " octets");
  }
  return std::string(view);
}

Bytes ReadOctets(sdbus::Message& message, const std::string& key) {
  Bytes octets;
  octets.reserve(kMaxOctets);
  if (!message.enterContainer("y")) return octets;
  uint8_t octet = 0;
  while (message >> octet) {
    if (octets.size() == kMaxOctets) {
      Wipe(octets);
      Refuse(key + ": longer than " + std::to_string(kMaxOctets) + " octets");
    }
    octets.push_back(octet);
  }
  message.clearFlags();
  message.exitContainer();
  return octets;
}

std::vector<std::string> ReadStrings(sdbus::Message& message,
                                     const std::string& key) {
  std::vector<std::string> strings;
  if (!message.enterContainer("s")) return strings;
  char* text = nullptr;
  while (message >> text) {
    const std::string_view view = text;
    if (strings.size() == kMaxStrings || view.size() > kMaxKeyLength) {
      Refuse(key + ": too long a list");
    }
    strings.emplace_back(view);
  }
  message.clearFlags();
  message.exitContainer();
  return strings;
}

template <typename T>
Value ReadBasic(sdbus::Message& message) {
  T value{};
  message >> value;
  return value;
}

Value ReadValue(sdbus::Message& message, const std::string& signature,
                const std::string& key) {
  if (signature == "b") return ReadBasic<bool>(message);
  if (signature == "y") return ReadBasic<uint8_t>(message);
  if (signature == "q") return ReadBasic<uint16_t>(message);
  if (signature == "u") return ReadBasic<uint32_t>(message);
  if (signature == "t") return ReadBasic<uint64_t>(message);
  if (signature == "n") return ReadBasic<int16_t>(message);
  if (signature == "s") return ReadString(message, kMaxStringLength, key);
  if (signature == "ay") return ReadOctets(message, key);
  if (signature == "as") return ReadStrings(message, key);
  if (signature == "o") {
    sdbus::ObjectPath path;
    message >> path;
    if (path.size() > kMaxStringLength) {
      Refuse(key + ": longer than " + std::to_string(kMaxStringLength) +
             " octets");
    }
    return ObjectPathValue{path};
  }
  Refuse(key + ": values of type " + Printable(signature) + " are not taken");
}

std::pair<std::string, Value> ReadEntry(sdbus::Message& message) {
  char* text = nullptr;
  message >> text;
  const std::string_view key = text ? text : "";
  const std::string shown = Printable(key);
  if (key.size() > kMaxKeyLength) Refuse(shown + ": unknown key");
  const std::string signature = compat::VariantSignature(message);
  message.enterVariant(signature.c_str());
  std::pair<std::string, Value> entry{key,
                                      ReadValue(message, signature, shown)};
  message.exitVariant();
  return entry;
}

void Append(sdbus::Message& message, const AddressPair& value) {
  message << sdbus::Struct<std::string, std::string>(
      value.address.ToString(), std::string(ToString(value.address.type)));
}
void Append(sdbus::Message& message, const ObjectPathValue& value) {
  message << sdbus::ObjectPath(value.path);
}
void Append(sdbus::Message& message, const std::string& value) {
  message << ToUtf8(value);
}
void Append(sdbus::Message& message, const std::vector<std::string>& value) {
  std::vector<std::string> repaired;
  for (const auto& text : value) repaired.push_back(ToUtf8(text));
  message << repaired;
}
template <typename T>
void Append(sdbus::Message& message, const T& value) {
  message << value;
}

struct SignatureOf {
  const char* operator()(bool) const { return "b"; }
  const char* operator()(uint8_t) const { return "y"; }
  const char* operator()(uint16_t) const { return "q"; }
  const char* operator()(uint32_t) const { return "u"; }
  const char* operator()(uint64_t) const { return "t"; }
  const char* operator()(int16_t) const { return "n"; }
  const char* operator()(const std::string&) const { return "s"; }
  const char* operator()(const ObjectPathValue&) const { return "o"; }
  const char* operator()(const AddressPair&) const { return "(ss)"; }
  const char* operator()(const Bytes&) const { return "ay"; }
  const char* operator()(const std::vector<std::string>&) const { return "as"; }
};

// sdbus-c++ shows the message beneath its own to derived classes only, and has
// no call for what libsystemd can do with it.
struct Beneath : sdbus::Message {
  static sd_bus_message* Of(const sdbus::Message& message) {
    return static_cast<sd_bus_message*>(message.*(&Beneath::msg_));
  }
};

void WipeAfterUse(const sdbus::Message& message) {
  sd_bus_message* const beneath = Beneath::Of(message);
  if (beneath != nullptr) sd_bus_message_sensitive(beneath);
}

// The length of the UTF-8 sequence at the front, 0 when there is none.
size_t SequenceLength(std::string_view text) {
  const auto octet = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = octet(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what is beyond U+10FFFF.
  const uint8_t second = octet(1);
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return length;
}

}  // namespace

WireDictionary::~WireDictionary() {
  for (auto& [key, value] : entries) {
    if (auto* octets = std::get_if<Bytes>(&value)) Wipe(*octets);
  }
}

WireOctets::~WireOctets() { Wipe(octets); }

sdbus::Message& operator>>(sdbus::Message& message, WireDictionary& value) {
  WipeAfterUse(message);
  if (!message.enterContainer("{sv}")) return message;
  while (message.enterDictEntry("sv")) {
    if (value.entries.size() == kMaxEntries) {
      Refuse("options: more than " + std::to_string(kMaxEntries) + " entries");
    }
    auto entry = ReadEntry(message);
    if (std::ranges::any_of(value.entries, [&](const auto& other) {
          return other.first == entry.first;
        })) {
      Refuse(Printable(entry.first) + ": given twice");
    }
    value.entries.push_back(std::move(entry));
    message.exitDictEntry();
  }
  message.clearFlags();
  message.exitContainer();
  return message;
}

sdbus::Message& operator>>(sdbus::Message& message, WireOctets& value) {
  WipeAfterUse(message);
  value.octets = ReadOctets(message, "octets");
  return message;
}

sdbus::Message& operator<<(sdbus::Message& message,
                           const WireDictionary& value) {
  WipeAfterUse(message);
  message.openContainer("{sv}");
  for (const auto& [key, item] : value.entries) {
    const char* signature = std::visit(SignatureOf{}, item);
    message.openDictEntry("sv");
    message << ToUtf8(key);
    message.openVariant(signature);
    std::visit([&](const auto& inner) { Append(message, inner); }, item);
    message.closeVariant();
    message.closeDictEntry();
  }
  message.closeContainer();
  return message;
}

sdbus::Message& operator<<(sdbus::Message& message, const WireOctets& value) {
  WipeAfterUse(message);
  return message << value.octets;
}

std::string ToUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string Printable(std::string_view key) {
  std::string out(key.substr(0, kMaxKeyLength));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7E) c = '?';
  }
  return out;
}

}  // namespace bondd::dbus
