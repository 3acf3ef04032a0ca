#include "bonds/json_source.h"

#include <algorithm>

namespace bondd::bonds {

namespace {

// Above the longest text of ours with every octet of it escaped.
constexpr size_t kMaxToken = 8192;
constexpr size_t kPauseEach = 256 << 10;

// RFC 8259
bool IsBlank(char octet) {
  return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r';
}

bool IsStructural(char octet) {
  return std::string_view("{}[]:,").find(octet) != std::string_view::npos;
}

// It stands for itself in a text.
bool IsPlain(char octet) {
  return octet >= 0x20 && octet < 0x7F && octet != '"' && octet != '\\';
}

}  // namespace

JsonSource::JsonSource(std::string_view text,
                       std::function<Result<void>()> pause)
    : text_(text), pause_(std::move(pause)), next_pause_(kPauseEach) {}

void JsonSource::Advance() {
  const char octet = text_[position_++];
  ++token_;
  switch (state_) {
    case State::kOutside:
      Outside(octet);
      break;
    case State::kHidden:
      state_ = State::kOutside;
      break;
    case State::kText:
      if (octet == '\\') state_ = State::kEscape;
      if (octet == '"') state_ = State::kOutside;
      break;
    case State::kEscape:
      state_ = State::kText;
      break;
  }
  if (token_ > kMaxToken) {
    obstacle_ = {ErrorCode::kInvalidArgument, "a text or number is too long"};
  }
  if (position_ >= next_pause_) Pause();
}

void JsonSource::Outside(char octet) {
  if (octet == '"') return BeginText();
  if (IsStructural(octet)) token_ = 0;
  if (!IsBlank(octet)) return;
  token_ = 0;
  while (position_ < text_.size() && IsBlank(text_[position_])) ++position_;
}

void JsonSource::BeginText() {
  token_ = 0;
  const std::string_view rest = text_.substr(position_);
  const size_t length = static_cast<size_t>(
      std::ranges::find_if_not(rest, IsPlain) - rest.begin());
  if (length == rest.size() || rest[length] != '"') {
    hidden_.reset();
    state_ = State::kText;
    return;
  }
  hidden_ = rest.substr(0, length);
  state_ = State::kHidden;
  position_ += length;
}

void JsonSource::Pause() {
  next_pause_ = position_ + kPauseEach;
  if (obstacle_ || !pause_) return;
  if (auto done = pause_(); !done) obstacle_ = std::move(done.error());
}

}  // namespace bondd::bonds
