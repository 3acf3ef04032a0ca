// Keys as hexadecimal digits.

#ifndef BONDD_BONDS_KEY_TEXT_H_
#define BONDD_BONDS_KEY_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "bonds/wiped_text.h"
#include "common/bytes.h"

namespace bondd::bonds {

enum class LetterCase { kLower, kUpper };

// In the order of the octets, which for keys is that of transmission.
void AppendHex(WipedText& text, ByteView octets,
               LetterCase letters = LetterCase::kLower);
// The same turned round: most significant octet first.
void AppendReversedHex(WipedText& text, ByteView octets);

// False unless the text is just as many digits, in either case; then `octets`
// may be half filled.
bool ParseHex(std::string_view text, std::span<uint8_t> octets);

template <typename Key>
std::optional<Key> ParseKey(std::string_view text) {
  Key key;
  if (!ParseHex(text, key.Fill())) return std::nullopt;
  return key;
}

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_KEY_TEXT_H_
