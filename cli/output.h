// What bondctl prints: lines for people, or JSON for programs.

#ifndef BONDD_CLI_OUTPUT_H_
#define BONDD_CLI_OUTPUT_H_

#include <string>

#include "cli/value.h"

namespace bondd::cli {

// Standard output, in the form that --json chose. Each command prints its
// result once; only the monitor and the like print line by line.
class Output {
 public:
  explicit Output(bool json) : json_(json) {}

  bool json() const { return json_; }
  // One object, or the text (which ends without a line feed; empty prints
  // nothing).
  void Print(const Json& object, const std::string& text) const;
  // False when nobody reads any more.
  bool open() const;

 private:
  bool json_;
};

// "Key: value", a line each, aligned; `indent` blanks before them.
std::string Fields(const Json& object, int indent = 0);
// A value in words: "yes", "enc, id", "02:B0:DD:00:00:01 (public)".
std::string InWords(const Json& value);
// The outcome of a pairing in one sentence.
std::string DescribePairing(const Json& result);

}  // namespace bondd::cli

#endif  // BONDD_CLI_OUTPUT_H_
