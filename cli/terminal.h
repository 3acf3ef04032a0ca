// The person in front of bondctl.

#ifndef BONDD_CLI_TERMINAL_H_
#define BONDD_CLI_TERMINAL_H_

#include <termios.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "cli/loop.h"

namespace bondd::cli {

// What a person is asked.
struct Prompt {
  // What makes an answer good; the sentence says what is wrong with it.
  using Check =
      std::function<std::optional<std::string>(const std::string& line)>;
  // Called once with the line, or with nothing when the person refuses
  // (Ctrl-D).
  using Answered =
      std::move_only_function<void(std::optional<std::string> line)>;
  // Hears started, digit-entered, digit-erased, cleared, completed.
  using Typed = std::function<void(const char* type)>;

  std::string key;  // to take it back by
  std::string question;
  Check check;
  Answered answered;
  Typed typed;
  Time deadline;  // what the countdown counts to
  // There is nothing to type: it is shown until it is taken back.
  bool shown_only = false;
};

// Asks one question at a time, on the terminal that standard input is, with a
// line that counts down; what is asked meanwhile waits for its turn. Writes to
// standard error, as standard output has the results.
class Terminal : private Source {
 public:
  explicit Terminal(Loop& loop);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() override;

  // Whether there is a person: standard input and error are a terminal.
  bool interactive() const { return interactive_; }

  // What was asked with the same key is replaced.
  void Ask(Prompt prompt);
  // Takes back what was asked with `key`; `why` tells the person.
  void Withdraw(const std::string& key, const std::string& why);
  // Takes back everything, without a word.
  void Forget();
  // Writes a line of its own, above the question.
  void Tell(const std::string& line);
  bool asking() const { return !prompts_.empty(); }

 private:
  int fd() const override;
  short events() const override;
  std::optional<Time> deadline() const override;
  void Serve() override;

  // False when it has ended the question.
  bool Type(char letter);
  void Erase();
  bool Finish();
  void Close(std::optional<std::string> answer);
  void Draw();
  void ClearLine();
  // What was typed before a question was shown is no answer to it.
  void DropTyped();
  // Takes single letters from the terminal while something is asked.
  void SetRaw(bool raw);
  void Note(const char* type);

  Loop& loop_;
  bool interactive_;
  bool raw_ = false;
  termios before_{};
  std::deque<Prompt> prompts_;
  std::string line_;
  std::optional<Time> redraw_;
};

}  // namespace bondd::cli

#endif  // BONDD_CLI_TERMINAL_H_
