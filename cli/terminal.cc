#include "cli/terminal.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace bondd::cli {

namespace {

constexpr char kEndOfInput = 0x04;  // Ctrl-D
constexpr char kDelete = 0x7F;
constexpr char kClearWhole = 0x15;  // Ctrl-U
constexpr size_t kMaxLine = 256;

void Write(const std::string& text) {
  // Nobody can be told that the terminal is gone.
  [[maybe_unused]] const auto written =
      write(STDERR_FILENO, text.data(), text.size());
}

long SecondsLeft(Time deadline) {
  const Duration left = std::max(deadline - Now(), Duration(0));
  return std::chrono::ceil<std::chrono::seconds>(left).count();
}

}  // namespace

Terminal::Terminal(Loop& loop)
    : loop_(loop),
      interactive_(isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) {
  loop_.Add(*this);
}

Terminal::~Terminal() {
  Forget();
  loop_.Remove(*this);
}

void Terminal::Ask(Prompt prompt) {
  const auto same = std::ranges::find(prompts_, prompt.key, &Prompt::key);
  if (same != prompts_.end()) {
    const bool waits = !prompt.shown_only;
    *same = std::move(prompt);
    if (same != prompts_.begin()) return;
    if (waits) DropTyped();
    return Draw();
  }
  // What is only shown waits for nobody, so it does not make others wait.
  const auto shown = std::ranges::find(prompts_, true, &Prompt::shown_only);
  if (asking() && (shown != prompts_.begin() || prompt.shown_only)) {
    if (prompt.shown_only) Tell(prompt.question);
    prompts_.insert(prompt.shown_only ? prompts_.end() : shown,
                    std::move(prompt));
    return;
  }
  if (asking()) Write("\n");
  prompts_.push_front(std::move(prompt));
  SetRaw(true);
  DropTyped();
  Draw();
}

void Terminal::Withdraw(const std::string& key, const std::string& why) {
  const auto found = std::ranges::find(prompts_, key, &Prompt::key);
  if (found == prompts_.end()) return;
  const bool shown = found == prompts_.begin();
  if (shown) {
    ClearLine();
    DropTyped();
  }
  const bool waited = !found->shown_only;
  prompts_.erase(found);
  if (waited) Tell("No answer is needed any more: " + why);
  if (shown && !waited && asking()) Draw();
  if (!asking()) SetRaw(false);
}

void Terminal::Forget() {
  if (asking()) ClearLine();
  prompts_.clear();
  line_.clear();
  SetRaw(false);
}

void Terminal::Tell(const std::string& line) {
  if (asking()) ClearLine();
  Write(line + "\n");
  if (asking()) Draw();
}

int Terminal::fd() const { return asking() ? STDIN_FILENO : -1; }
short Terminal::events() const { return POLLIN; }
std::optional<Time> Terminal::deadline() const {
  return asking() ? redraw_ : std::nullopt;
}

void Terminal::Serve() {
  if (!asking()) return;
  pollfd ready{STDIN_FILENO, POLLIN, 0};
  while (asking() && poll(&ready, 1, 0) > 0) {
    std::array<char, 64> letters;
    const ssize_t count = read(STDIN_FILENO, letters.data(), letters.size());
    if (count <= 0) {
      Close(std::nullopt);
      return;
    }
    for (ssize_t i = 0; i < count; ++i) {
      if (!Type(letters.at(static_cast<size_t>(i)))) return;
    }
  }
  if (asking() && redraw_ && Now() >= *redraw_) Draw();
}

bool Terminal::Type(char letter) {
  if (prompts_.front().shown_only && letter != kEndOfInput) return true;
  switch (letter) {
    case '\r':
    case '\n':
      return Finish();
    case kEndOfInput:
      Close(std::nullopt);
      return false;
    case kDelete:
    case '\b':
      Erase();
      return true;
    case kClearWhole:
      line_.clear();
      Note("cleared");
      Draw();
      return true;
    default:
      break;
  }
  if (!isprint(static_cast<unsigned char>(letter)) ||
      line_.size() == kMaxLine) {
    return true;
  }
  line_ += letter;
  if (isdigit(static_cast<unsigned char>(letter))) Note("digit-entered");
  Draw();
  return true;
}

void Terminal::Erase() {
  if (line_.empty()) return;
  const char last = line_.back();
  line_.pop_back();
  if (isdigit(static_cast<unsigned char>(last))) Note("digit-erased");
  Draw();
}

bool Terminal::Finish() {
  if (const auto mistake = prompts_.front().check(line_)) {
    ClearLine();
    Write(*mistake + "\n");
    line_.clear();
    Note("cleared");
    Draw();
    return true;
  }
  Note("completed");
  Close(line_);
  return false;
}

void Terminal::Close(std::optional<std::string> answer) {
  Write("\n");
  Prompt prompt = std::move(prompts_.front());
  prompts_.pop_front();
  DropTyped();
  if (asking()) {
    Draw();
  } else {
    SetRaw(false);
  }
  prompt.answered(std::move(answer));
}

void Terminal::Draw() {
  const Prompt& prompt = prompts_.front();
  Write(fmt::format("\r\x1b[K{} ({} s) {}", prompt.question,
                    SecondsLeft(prompt.deadline), line_));
  redraw_ = Now() + std::chrono::seconds(1);
}

void Terminal::ClearLine() { Write("\r\x1b[K"); }

void Terminal::DropTyped() {
  line_.clear();
  if (raw_) tcflush(STDIN_FILENO, TCIFLUSH);
}

void Terminal::SetRaw(bool raw) {
  if (!interactive_ || raw == raw_) return;
  if (raw) {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios letters = before_;
    // Ctrl-C stays what it is.
    letters.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO));
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &letters);
  } else {
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  raw_ = raw;
}

void Terminal::Note(const char* type) {
  if (prompts_.front().typed) prompts_.front().typed(type);
}

}  // namespace bondd::cli
