// What stands on the command line, and what may stand there.

#ifndef BONDD_CLI_ARGUMENTS_H_
#define BONDD_CLI_ARGUMENTS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/failure.h"

namespace bondd::cli {

struct Session;

// The values of one command, by the names in its CommandSpec.
class Arguments {
 public:
  void Set(const std::string& name, std::string value) {
    values_[name] = std::move(value);
  }
  bool Has(const std::string& name) const { return values_.contains(name); }
  std::optional<std::string> Get(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second;
  }
  // Empty when it was not given.
  std::string Text(const std::string& name) const {
    return Get(name).value_or("");
  }

 private:
  std::map<std::string, std::string> values_;
};

struct OptionSpec {
  std::string name;   // without the dashes
  std::string value;  // what the help calls its value; empty = it has none
  std::string help;
  // The other names of the seed's, without the dashes.
  std::vector<std::string> aliases = {};
};

struct PositionalSpec {
  std::string name;
  std::string help;
  bool required = true;
};

struct CommandSpec {
  std::string name;
  std::string help;
  std::vector<PositionalSpec> positionals;
  std::vector<OptionSpec> options;
  // Returns the exit status when nothing failed.
  Outcome<int> (*run)(Session& session, const Arguments& arguments);
  bool needs_bus = true;
};
using CommandSpecs = std::vector<CommandSpec>;

// Whole decimal or 0x-hexadecimal numbers; the usage error names `what`.
Outcome<uint64_t> ParseNumber(const std::string& what, const std::string& text,
                              uint64_t low, uint64_t high);
// "120", "120s", "2m": seconds.
Outcome<uint64_t> ParseSeconds(const std::string& what,
                               const std::string& text);
// "0", "no", "off", "false" and the contrary.
Outcome<bool> ParseBoolean(const std::string& what, const std::string& text);

}  // namespace bondd::cli

#endif  // BONDD_CLI_ARGUMENTS_H_
