// What bondctl sends over the bus, and what it gets.
//
// What comes in is JSON, because that is what --json prints: dictionaries are
// objects, structures and arrays are arrays, octet strings are lower-case
// hexadecimal in the order of the octets.

#ifndef BONDD_CLI_VALUE_H_
#define BONDD_CLI_VALUE_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "common/wipe.h"

namespace bondd::cli {

using Json = nlohmann::ordered_json;

// Octets that may be a key: every copy is wiped when it goes.
struct Octets {
  Octets() = default;
  explicit Octets(Bytes octets) : bytes(std::move(octets)) {}
  Octets(const Octets&) = default;
  Octets(Octets&&) = default;
  Octets& operator=(const Octets&) = default;
  Octets& operator=(Octets&&) = default;
  ~Octets() { Wipe(bytes); }

  Bytes bytes;
};

struct ObjectPath {
  std::string path;
};
// Borrowed until the call has been sent.
struct Descriptor {
  int fd = -1;
};

using Value =
    std::variant<bool, uint8_t, uint16_t, uint32_t, uint64_t, std::string,
                 ObjectPath, Octets, std::vector<std::string>>;
// a{sv}
using Dictionary = std::vector<std::pair<std::string, Value>>;
// v
struct Variant {
  std::variant<Value, Dictionary> value;
};

using Argument = std::variant<Value, Dictionary, Variant, Descriptor>;
using CallArguments = std::vector<Argument>;

}  // namespace bondd::cli

#endif  // BONDD_CLI_VALUE_H_
