#include "dbus/option_reader.h"

#include <algorithm>

#include "dbus/wire.h"

namespace bondd::dbus {

namespace {

template <typename T>
std::optional<T> CopyOf(const T* value) {
  return value ? std::optional<T>(*value) : std::nullopt;
}

}  // namespace

ApiError InvalidArgument(std::string_view key, std::string_view what) {
  return {"InvalidArguments", Printable(key) + ": " + std::string(what)};
}

OptionReader::OptionReader(const Dictionary& dictionary)
    : dictionary_(dictionary), known_(dictionary.size(), false) {}

std::optional<bool> OptionReader::Boolean(std::string_view key) {
  return CopyOf(Find<bool>(key, "b"));
}

std::optional<uint8_t> OptionReader::U8(std::string_view key, uint8_t min,
                                        uint8_t max) {
  const auto value = CopyOf(Find<uint8_t>(key, "y"));
  if (!value || (*value >= min && *value <= max)) return value;
  Fail(key, "is not in " + std::to_string(min) + ".." + std::to_string(max));
  return std::nullopt;
}

std::optional<uint16_t> OptionReader::U16(std::string_view key) {
  return CopyOf(Find<uint16_t>(key, "q"));
}

std::optional<uint32_t> OptionReader::U32(std::string_view key, uint32_t min,
                                          uint32_t max) {
  const auto value = CopyOf(Find<uint32_t>(key, "u"));
  if (!value || (*value >= min && *value <= max)) return value;
  Fail(key, "is not in " + std::to_string(min) + ".." + std::to_string(max));
  return std::nullopt;
}

std::optional<uint64_t> OptionReader::U64(std::string_view key) {
  return CopyOf(Find<uint64_t>(key, "t"));
}

std::optional<std::string> OptionReader::String(std::string_view key) {
  return CopyOf(Find<std::string>(key, "s"));
}

std::optional<std::string> OptionReader::ObjectPath(std::string_view key) {
  const auto* value = Find<ObjectPathValue>(key, "o");
  return value ? std::optional<std::string>(value->path) : std::nullopt;
}

std::optional<std::vector<std::string>> OptionReader::Strings(
    std::string_view key) {
  return CopyOf(Find<std::vector<std::string>>(key, "as"));
}

std::optional<std::string> OptionReader::PlainText(std::string_view key,
                                                   size_t max_size) {
  auto value = String(key);
  if (!value) return value;
  if (value->size() > max_size) {
    Fail(key, "is longer than " + std::to_string(max_size) + " octets");
  } else if (std::ranges::any_of(*value, [](char c) {
               return (c >= 0 && c < 0x20) || c == 0x7F;
             })) {
    Fail(key, "has control characters");
  } else {
    return value;
  }
  return std::nullopt;
}

std::optional<Bytes> OptionReader::Octets(std::string_view key, size_t min_size,
                                          size_t max_size) {
  const auto* value = Find<Bytes>(key, "ay");
  if (!value) return std::nullopt;
  if (value->size() >= min_size && value->size() <= max_size) return *value;
  Fail(key, "is not of " + std::to_string(min_size) + " to " +
                std::to_string(max_size) + " octets");
  return std::nullopt;
}

std::optional<DeviceAddress> OptionReader::Address() {
  const auto address = String("Address");
  const auto type = Name("AddressType", ParseAddressType, "public, random");
  if (!address && !type) return std::nullopt;
  if (!address) {
    Fail("Address", "is missing beside AddressType");
  } else if (!type) {
    Fail("AddressType", "is missing beside Address");
  } else if (const auto parsed = DeviceAddress::Parse(*address, *type)) {
    return parsed;
  } else {
    Fail("Address", "is not of the form AA:BB:CC:DD:EE:FF");
  }
  return std::nullopt;
}

void OptionReader::Fail(std::string_view key, std::string_view what) {
  if (!error_) error_ = InvalidArgument(key, what);
}

ApiResult<void> OptionReader::Finish() const {
  if (error_) return std::unexpected(*error_);
  for (size_t i = 0; i < dictionary_.size(); ++i) {
    if (!known_[i]) {
      return std::unexpected(
          InvalidArgument(dictionary_[i].first, "unknown key"));
    }
  }
  return {};
}

}  // namespace bondd::dbus
