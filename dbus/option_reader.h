// Takes the known keys out of an option dictionary, one by one; the first thing
// that is wrong is kept, and told by Finish().

#ifndef BONDD_DBUS_OPTION_READER_H_
#define BONDD_DBUS_OPTION_READER_H_

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dbus/operations.h"

namespace bondd::dbus {

ApiError InvalidArgument(std::string_view key, std::string_view what);

// Reads one dictionary and is then thrown away. Every key that is asked for
// counts as known, whether it is there or not.
class OptionReader {
 public:
  // `dictionary` is borrowed.
  explicit OptionReader(const Dictionary& dictionary);

  std::optional<bool> Boolean(std::string_view key);
  std::optional<uint8_t> U8(std::string_view key, uint8_t min, uint8_t max);
  std::optional<uint16_t> U16(std::string_view key);
  std::optional<uint32_t> U32(
      std::string_view key, uint32_t min = 0,
      uint32_t max = std::numeric_limits<uint32_t>::max());
  std::optional<uint64_t> U64(std::string_view key);
  std::optional<std::string> String(std::string_view key);
  std::optional<std::string> ObjectPath(std::string_view key);
  std::optional<std::vector<std::string>> Strings(std::string_view key);
  // UTF-8 without control characters, of at most `max_size` octets.
  std::optional<std::string> PlainText(std::string_view key, size_t max_size);
  std::optional<Bytes> Octets(std::string_view key, size_t min_size,
                              size_t max_size);
  // One of the names that `parse` takes; `names` lists them for people.
  template <typename T>
  std::optional<T> Name(std::string_view key,
                        std::optional<T> (*parse)(std::string_view),
                        std::string_view names) {
    const auto text = String(key);
    if (!text) return std::nullopt;
    auto value = parse(*text);
    if (!value) Fail(key, std::string("is none of ") + std::string(names));
    return value;
  }
  // 16 octets that are a secret.
  template <typename T>
  std::optional<T> Key(std::string_view key) {
    const Bytes* octets = Find<Bytes>(key, "ay");
    if (!octets) return std::nullopt;
    if (octets->size() != T::kSize) {
      Fail(key, "is not of 16 octets");
      return std::nullopt;
    }
    return T(std::span<const uint8_t, T::kSize>(*octets));
  }
  // Address and AddressType: both or neither.
  std::optional<DeviceAddress> Address();

  void Fail(std::string_view key, std::string_view what);
  // The first error; else the first key that nobody has asked for.
  ApiResult<void> Finish() const;

 private:
  // nullptr when the key is not there or its value is of another type.
  template <typename T>
  const T* Find(std::string_view key, std::string_view type);

  const Dictionary& dictionary_;
  std::vector<bool> known_;
  std::optional<ApiError> error_;
};

template <typename T>
const T* OptionReader::Find(std::string_view key, std::string_view type) {
  for (size_t i = 0; i < dictionary_.size(); ++i) {
    if (dictionary_[i].first != key) continue;
    known_[i] = true;
    const T* value = std::get_if<T>(&dictionary_[i].second);
    if (!value) Fail(key, std::string("is not of type ") + std::string(type));
    return value;
  }
  return nullptr;
}

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_OPTION_READER_H_
