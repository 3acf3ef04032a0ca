// The text of an import on its way into the JSON library's parser.

#ifndef BONDD_BONDS_JSON_SOURCE_H_
#define BONDD_BONDS_JSON_SOURCE_H_

#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "common/error.h"

namespace bondd::bonds {

// Stands between the text and the parser, which pulls octet by octet. What a
// stranger wrote there gets no further than it is worth: tokens that are longer
// than any of ours end the text, blanks do not pile up, and texts that may be
// keys are not seen by the parser at all, for it would leave them in memory
// that it gives back.
class JsonSource {
 public:
  // `pause` is called each few octets, so that whoever waits for this thread
  // gets his turn; an error ends the text. The text is borrowed.
  JsonSource(std::string_view text, std::function<Result<void>()> pause);
  // Its iterators point to it.
  JsonSource(const JsonSource&) = delete;
  JsonSource& operator=(const JsonSource&) = delete;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    explicit Iterator(JsonSource* source) : source_(source) {}
    char operator*() const { return source_->text_[source_->position_]; }
    Iterator& operator++() {
      source_->Advance();
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      source_->Advance();
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.AtEnd() == b.AtEnd();
    }

   private:
    bool AtEnd() const { return source_ == nullptr || source_->AtEnd(); }

    JsonSource* source_;  // nullptr: the end of any
  };

  Iterator begin() { return Iterator(this); }
  static Iterator end() { return Iterator(nullptr); }

  // For a text that the parser has just read: what was there, if the parser got
  // an empty one in its place.
  std::optional<std::string_view> TakeHidden() {
    return std::exchange(hidden_, std::nullopt);
  }
  // How much has been read.
  size_t position() const { return position_; }
  // Why the text ended early, if it did.
  const std::optional<Error>& obstacle() const { return obstacle_; }

 private:
  enum class State { kOutside, kHidden, kText, kEscape };

  bool AtEnd() const { return obstacle_ || position_ >= text_.size(); }
  void Advance();
  void BeginText();
  void Outside(char octet);
  void Pause();

  std::string_view text_;
  std::function<Result<void>()> pause_;
  size_t position_ = 0;
  size_t next_pause_ = 0;
  size_t token_ = 0;  // octets of what is being read
  State state_ = State::kOutside;
  std::optional<std::string_view> hidden_;
  std::optional<Error> obstacle_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_JSON_SOURCE_H_
