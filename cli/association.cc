#include "cli/association.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "cli/secret_input.h"

namespace bondd::cli {

namespace {

// [Vol 3, Part H] 3.5.1
constexpr uint8_t kOobPresent = 0x01;
constexpr uint8_t kMitm = 0x04;
constexpr uint8_t kSecureConnections = 0x08;

struct Features {
  std::string io_capability;
  bool oob = false;
  bool mitm = false;
  bool secure_connections = false;
};

std::optional<Features> FeaturesIn(const Json& result, const char* key) {
  constexpr std::array<const char*, 5> kNames = {
      "DisplayOnly", "DisplayYesNo", "KeyboardOnly", "NoInputNoOutput",
      "KeyboardDisplay"};
  const auto octets = ParseHex(result.value(key, ""));
  if (!octets || octets->bytes.size() != 7) return std::nullopt;
  const uint8_t io = octets->bytes[1];
  const uint8_t auth_req = octets->bytes[3];
  return Features{io < kNames.size() ? kNames.at(io) : "unknown",
                  octets->bytes[2] == kOobPresent, (auth_req & kMitm) != 0,
                  (auth_req & kSecureConnections) != 0};
}

const char* Sides(bool initiator, bool responder) {
  if (initiator && responder) return "both sides";
  return initiator ? "the initiator" : "the responder";
}

}  // namespace

// [Vol 3, Part H] 2.3.5.1
std::string ExplainMethod(const Json& result) {
  const auto request = FeaturesIn(result, "PairingRequest");
  const auto response = FeaturesIn(result, "PairingResponse");
  if (!request || !response) return "";
  const bool sc = request->secure_connections && response->secure_connections;
  const bool oob =
      sc ? request->oob || response->oob : request->oob && response->oob;
  if (oob) {
    return fmt::format("{} has out-of-band data of the other",
                       Sides(request->oob, response->oob));
  }
  if (!request->mitm && !response->mitm) {
    return "neither side asks for protection against man in the middle";
  }
  return fmt::format(
      "{} asks for protection against man in the middle; the initiator is {}, "
      "the responder {}",
      Sides(request->mitm, response->mitm), request->io_capability,
      response->io_capability);
}

}  // namespace bondd::cli
