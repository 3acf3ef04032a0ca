// The adapter specifications of the command line and of [Adapters] Use=.

#include <fmt/format.h>
#include <sys/un.h>

#include <charconv>
#include <optional>
#include <system_error>

#include "config/config.h"

namespace bondd::config {

namespace {

// A decimal number without sign or leading zeros that fits.
std::optional<uint16_t> ParseUint16(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  uint16_t value = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, value);
  if (error != std::errc() || end != text_end) return std::nullopt;
  return value;
}

std::unexpected<Error> Invalid(std::string_view text, std::string_view reason) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("adapter \"{}\": {}", text, reason));
}

Result<AdapterSpec> ParseUnix(AdapterSpec spec, std::string_view path) {
  spec.kind = AdapterKind::kUnixSocket;
  spec.path = path;
  if (path.empty()) return Invalid(spec.text, "the path is missing");
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Invalid(spec.text, fmt::format("the path is longer than {} octets",
                                          sizeof(sockaddr_un::sun_path) - 1));
  }
  return spec;
}

Result<AdapterSpec> ParseTcp(AdapterSpec spec, std::string_view address) {
  spec.kind = AdapterKind::kTcpSocket;
  // The host may be an IPv6 address in brackets.
  const size_t colon = address.rfind(':');
  if (colon == address.npos) return Invalid(spec.text, "the port is missing");
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    return Invalid(spec.text, "an IPv6 address stands in brackets");
  }
  if (host.empty()) return Invalid(spec.text, "the host is missing");
  const auto port = ParseUint16(address.substr(colon + 1));
  if (!port || *port == 0) {
    return Invalid(spec.text, "the port is not a number from 1 to 65535");
  }
  spec.host = host;
  spec.port = *port;
  return spec;
}

}  // namespace

Result<AdapterSpec> AdapterSpec::Parse(std::string_view text) {
  AdapterSpec spec;
  spec.text = text;
  if (text == "sim") return spec;
  if (text.starts_with("unix:")) return ParseUnix(spec, text.substr(5));
  if (text.starts_with("tcp:")) return ParseTcp(spec, text.substr(4));
  if (text.starts_with("hci")) {
    if (const auto index = ParseUint16(text.substr(3))) {
      spec.kind = AdapterKind::kHci;
      spec.index = *index;
      return spec;
    }
  }
  return Invalid(text, "not hciN, unix:PATH, tcp:HOST:PORT or sim");
}

}  // namespace bondd::config
