#include "cli/secret_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>
#include <optional>

#include "cli/arguments.h"

namespace bondd::cli {

namespace {

std::optional<uint8_t> Digit(char letter) {
  if (letter >= '0' && letter <= '9') return static_cast<uint8_t>(letter - '0');
  const char lower = static_cast<char>(letter | 0x20);
  if (lower < 'a' || lower > 'f') return std::nullopt;
  return static_cast<uint8_t>(lower - 'a' + 10);
}

void WipeText(std::string& text) {
  Wipe({reinterpret_cast<uint8_t*>(text.data()), text.size()});
}

}  // namespace

Outcome<std::string> ReadSecret(const std::string& what,
                                const std::string& argument) {
  std::string word;
  if (argument == "-") {
    if (std::cin >> word) return word;
    return UsageError(what + ": standard input holds no further word");
  }
  if (!argument.starts_with('@')) return argument;
  std::ifstream file(argument.substr(1));
  if (file >> word) return word;
  return UsageError(fmt::format("{}: {} cannot be read, or is empty", what,
                                argument.substr(1)));
}

Outcome<Octets> ReadSecretOctets(const std::string& what,
                                 const std::string& argument, size_t least,
                                 size_t most) {
  auto text = ReadSecret(what, argument);
  if (!text) return std::unexpected(text.error());
  const auto octets = ParseHex(*text);
  WipeText(*text);
  if (octets && octets->bytes.size() >= least && octets->bytes.size() <= most) {
    return *octets;
  }
  // The text may be a key with a slip of the finger: it is not repeated.
  return UsageError(
      least == most
          ? fmt::format("{}: not {} octets of hexadecimal", what, least)
          : fmt::format("{}: not {} to {} octets of hexadecimal", what, least,
                        most));
}

Outcome<uint32_t> ReadPasskey(const std::string& what,
                              const std::string& argument) {
  auto text = ReadSecret(what, argument);
  if (!text) return std::unexpected(text.error());
  std::erase(*text, ' ');
  const bool good = !text->empty() && text->size() <= 6 &&
                    std::ranges::all_of(*text, [](unsigned char letter) {
                      return isdigit(letter) != 0;
                    });
  if (!good) return UsageError(what + ": a passkey has up to six digits");
  const auto number = ParseNumber(what, *text, 0, 999999);
  WipeText(*text);
  return static_cast<uint32_t>(*number);
}

std::optional<Octets> ParseHex(const std::string& text) {
  std::string digits = text;
  std::erase_if(digits, [](char c) { return c == ' ' || c == ':'; });
  Octets octets;
  octets.bytes.reserve(digits.size() / 2);
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    const auto high = Digit(digits[i]);
    const auto low = Digit(digits[i + 1]);
    if (!high || !low) return std::nullopt;
    octets.bytes.push_back(static_cast<uint8_t>(*high << 4 | *low));
  }
  const bool whole = digits.size() % 2 == 0;
  WipeText(digits);
  if (!whole) return std::nullopt;
  return octets;
}

}  // namespace bondd::cli
