// Keys, passkeys and out-of-band values from where they don't end up in the
// list of processes or in a shell's history.

#ifndef BONDD_CLI_SECRET_INPUT_H_
#define BONDD_CLI_SECRET_INPUT_H_

#include <optional>
#include <string>

#include "cli/failure.h"

namespace bondd::cli {

// Octets of a key, of a temporary key or of one half of out-of-band data.
inline constexpr size_t kKeySize = 16;

// The text that an argument stands for: "-" is the next word of standard input,
// "@FILE" the first word of that file, anything else itself.
Outcome<std::string> ReadSecret(const std::string& what,
                                const std::string& argument);
// The same, as hexadecimal octets; blanks and colons between them are skipped
// on the command line.
Outcome<Octets> ReadSecretOctets(const std::string& what,
                                 const std::string& argument, size_t least,
                                 size_t most);
// A passkey: up to six digits, "123 456" as well.
Outcome<uint32_t> ReadPasskey(const std::string& what,
                              const std::string& argument);

// Hexadecimal octets, without looking anywhere else; nothing on other text.
std::optional<Octets> ParseHex(const std::string& text);

}  // namespace bondd::cli

#endif  // BONDD_CLI_SECRET_INPUT_H_
