#include "bonds/key_text.h"

#include <charconv>
#include <system_error>

namespace bondd::bonds {

namespace {

void AppendOctet(WipedText& text, uint8_t octet, const char* digits) {
  text.push_back(digits[octet >> 4]);
  text.push_back(digits[octet & 0xF]);
}

}  // namespace

void AppendHex(WipedText& text, ByteView octets, LetterCase letters) {
  const char* const digits =
      letters == LetterCase::kUpper ? "0123456789ABCDEF" : "0123456789abcdef";
  for (const uint8_t octet : octets) AppendOctet(text, octet, digits);
}

void AppendReversedHex(WipedText& text, ByteView octets) {
  for (size_t i = octets.size(); i > 0; --i) {
    AppendOctet(text, octets[i - 1], "0123456789abcdef");
  }
}

bool ParseHex(std::string_view text, std::span<uint8_t> octets) {
  if (text.size() != 2 * octets.size()) return false;
  for (size_t i = 0; i < octets.size(); ++i) {
    const char* const begin = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, octets[i], 16);
    if (error != std::errc() || end != begin + 2) return false;
  }
  return true;
}

}  // namespace bondd::bonds
