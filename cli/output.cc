#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace bondd::cli {

namespace {

bool IsAddress(const Json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_string() &&
         (value[1] == "public" || value[1] == "random");
}

}  // namespace

void Output::Print(const Json& object, const std::string& text) const {
  if (json_) {
    // What a peer or a file calls itself need not be UTF-8.
    std::cout << object.dump(-1, ' ', false, Json::error_handler_t::replace)
              << std::endl;
  } else if (!text.empty()) {
    std::cout << text << std::endl;
  }
}

bool Output::open() const { return std::cout.good(); }

std::string InWords(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return value;
  if (IsAddress(value)) {
    return fmt::format("{} ({})", value[0].get<std::string>(),
                       value[1].get<std::string>());
  }
  if (value.is_array() || value.is_object()) {
    std::string text;
    for (const auto& [key, item] : value.items()) {
      if (!text.empty()) text += ", ";
      text += value.is_object() ? key + "=" + InWords(item) : InWords(item);
    }
    return text.empty() ? "none" : text;
  }
  return value.dump();
}

std::string Fields(const Json& object, int indent) {
  size_t width = 0;
  for (const auto& [key, value] : object.items()) {
    width = std::max(width, key.size());
  }
  std::string text;
  for (const auto& [key, value] : object.items()) {
    if (!text.empty()) text += "\n";
    text += fmt::format("{:{}}{:<{}} {}", "", indent, key + ":", width + 1,
                        InWords(value));
  }
  return text;
}

std::string DescribePairing(const Json& result) {
  const std::string peer = InWords(result.value("Peer", Json("unknown")));
  if (result.value("Method", "") == "Encryption") {
    return fmt::format("Encrypted with the bond of {}: level {}, key size {}.",
                       peer, result.value("SecurityLevel", 0),
                       result.value("KeySize", 0));
  }
  const bool bonded = result.value("Bonded", false);
  return fmt::format(
      "Paired with {}: {}, {}, {}, level {}, key size {}, {}.\n"
      "Keys received: {}; keys sent: {}.",
      peer, result.value("Method", "unknown"),
      result.value("SecureConnections", false) ? "Secure Connections"
                                               : "legacy",
      result.value("Authenticated", false) ? "authenticated"
                                           : "not authenticated",
      result.value("SecurityLevel", 0), result.value("KeySize", 0),
      bonded ? "bonded" : "not bonded",
      InWords(result.value("KeysReceived", Json::array())),
      InWords(result.value("KeysSent", Json::array())));
}

}  // namespace bondd::cli
