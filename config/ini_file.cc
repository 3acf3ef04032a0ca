#include "config/ini_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <ini.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "common/unique_fd.h"

namespace bondd::config {

namespace {

constexpr size_t kMaxFileSize = 1 << 20;
constexpr std::string_view kBlanks = " \t\v\f\r\n";
constexpr std::string_view kCommentMarks = ";#";

std::string LineOf(const std::filesystem::path& file, int line) {
  return fmt::format("{}:{}: ", file.native(), line);
}

Result<std::string> ReadWhole(const std::filesystem::path& file) {
  const std::string& name = file.native();
  const auto failure = [&](int number) {
    return std::unexpected(
        ErrnoError(number, fmt::format("cannot read {}", name)));
  };
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return failure(errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failure(errno);
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot read {}: not a file", name));
  }
  std::string text;
  std::array<char, 4096> chunk;
  while (true) {
    const ssize_t count = ::read(fd.get(), chunk.data(), chunk.size());
    if (count < 0) return failure(errno);
    if (count == 0) return text;
    text.append(chunk.data(), static_cast<size_t>(count));
    if (text.size() > kMaxFileSize) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("cannot read {}: larger than {} octets", name,
                              kMaxFileSize));
    }
  }
}

// Hands the lines of a text to libinih and collects what it makes of them.
// It counts them, which libinih does not tell, and refuses the lines that
// libinih would quietly take for something else.
class Parser {
 public:
  Parser(const std::filesystem::path& file, std::string_view text)
      : file_(file), rest_(text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (rest_.starts_with(kByteOrderMark)) {
      rest_.remove_prefix(kByteOrderMark.size());
    }
  }

  Result<std::vector<Setting>> Parse() {
    const int bad_line = ini_parse_stream(
        [](char* out, int size, void* parser) {
          return static_cast<Parser*>(parser)->NextLine(
              out, static_cast<size_t>(size));
        },
        this,
        [](void* parser, const char* section, const char* key,
           const char* value) {
          return static_cast<Parser*>(parser)->Take(section, key, value);
        },
        this);
    if (bad_line != 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  LineOf(file_, bad_line) +
                      "neither a [Section], nor Key=Value, nor a comment");
    }
    if (problem_) {
      return Fail(ErrorCode::kInvalidArgument,
                  LineOf(file_, line_) + *problem_);
    }
    return std::move(settings_);
  }

 private:
  // As fgets().
  char* NextLine(char* out, size_t size) {
    if (rest_.empty()) return nullptr;
    ++line_;
    const size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    if (IsComment(line)) line = {};
    problem_ = ProblemOf(line, size - 2);
    if (problem_) return nullptr;
    if (line.starts_with('[')) TakeSection(line);
    std::copy(line.begin(), line.end(), out);
    out[line.size()] = '\n';
    out[line.size() + 1] = '\0';
    return out;
  }

  static bool IsComment(std::string_view line) {
    const size_t first = line.find_first_not_of(kBlanks);
    return first != line.npos && kCommentMarks.find(line[first]) != line.npos;
  }

  static std::optional<std::string> ProblemOf(std::string_view line,
                                              size_t max_size) {
    if (line.find('\0') != line.npos) return "the line holds a zero octet";
    const size_t first = line.find_first_not_of(kBlanks);
    if (first == line.npos) return std::nullopt;
    if (line.size() > max_size) {
      return fmt::format("the line is longer than {} characters", max_size);
    }
    if (first > 0) return "the line begins with a blank";
    if (line[0] != '[') return std::nullopt;
    const size_t close = line.find(']');
    if (close == line.npos) return "the section has no closing bracket";
    const size_t after = line.find_first_not_of(kBlanks, close + 1);
    if (after != line.npos && kCommentMarks.find(line[after]) == line.npos) {
      return "there is something behind the section";
    }
    return std::nullopt;
  }

  // libinih does not tell of sections without settings.
  void TakeSection(std::string_view line) {
    settings_.push_back(
        {.section = std::string(line.substr(1, line.find(']') - 1)),
         .key = {},
         .value = {},
         .file = file_,
         .line = line_});
  }

  // Nonzero: go on.
  int Take(const char* section, const char* key, const char* value) {
    if (*key == '\0') return 0;
    settings_.push_back({.section = section,
                         .key = key,
                         .value = value,
                         .file = file_,
                         .line = line_});
    return 1;
  }

  const std::filesystem::path& file_;
  std::string_view rest_;
  int line_ = 0;
  std::optional<std::string> problem_;  // of the line
  std::vector<Setting> settings_;
};

}  // namespace

std::string Where(const Setting& setting) {
  std::string where = fmt::format("{}[{}]", LineOf(setting.file, setting.line),
                                  setting.section);
  if (!setting.key.empty()) where += " " + setting.key;
  return where + ": ";
}

Result<std::vector<Setting>> ReadIniFile(const std::filesystem::path& file) {
  const Result<std::string> text = ReadWhole(file);
  if (!text) return std::unexpected(text.error());
  return Parser(file, *text).Parse();
}

}  // namespace bondd::config
