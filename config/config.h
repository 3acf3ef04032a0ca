// The daemon's configuration: bondd.conf and its drop-ins, parsed, validated
// and complete.

#ifndef BONDD_CONFIG_CONFIG_H_
#define BONDD_CONFIG_CONFIG_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/time_types.h"
#include "smp/attempt_policy.h"
#include "smp/pairing_options.h"

namespace bondd::config {

enum class AdapterKind { kHci, kUnixSocket, kTcpSocket, kSim };

// One SPEC: "hci0", "unix:PATH", "tcp:HOST:PORT", "sim".
struct AdapterSpec {
  AdapterKind kind = AdapterKind::kSim;
  std::string text;    // as given
  uint16_t index = 0;  // of hciN
  std::string path;    // of unix:
  std::string host;    // of tcp:
  uint16_t port = 0;

  static Result<AdapterSpec> Parse(std::string_view text);
};

enum class Privacy { kOff, kDevice, kNetwork };

struct Config {
  std::vector<AdapterSpec> adapters;
  smp::PairingOptions pairing;  // [Pairing], laid under everything else
  bool allow_fixed_passkey = false;
  bool legacy_passkey_authenticated = true;
  uint16_t max_pairings = 64;
  smp::AttemptPolicy repeated_attempts;
  uint32_t max_bonds = 1024;
  Privacy privacy = Privacy::kOff;
  Duration privacy_rotation = std::chrono::minutes(15);
};

// Reads `file`, then the *.conf of `<file>.d` in the order of their names. The
// first thing wrong is the error: "file:line: [Section] Key: what is wrong".
// A missing `file` is an error only when `required`.
Result<Config> Load(const std::filesystem::path& file, bool required);

}  // namespace bondd::config

#endif  // BONDD_CONFIG_CONFIG_H_
