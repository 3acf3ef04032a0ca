#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

namespace bondd::cli {

namespace {

constexpr std::string_view kSeedPrefix = "SM.";

void Dash(std::string& text, size_t end) {
  std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
               '_', '-');
}

// Those of the options before the command that take a value.
bool TakesValue(const std::string& word) {
  constexpr std::array<std::string_view, 4> kWithValue = {
      "-a", "--adapter", "--bus", "--bus-name"};
  return std::ranges::find(kWithValue, word) != kWithValue.end();
}

// Where the command stands.
size_t CommandIn(const std::vector<std::string>& words) {
  size_t command = 0;
  while (command < words.size() && words[command].starts_with('-')) {
    command += TakesValue(words[command]) ? 2 : 1;
  }
  return command;
}

int Complain(const std::string& mistake) {
  std::cerr << "bondctl: " << mistake << "; see bondctl --help" << std::endl;
  return kUsage;
}

std::string Names(const OptionSpec& spec) {
  std::string names = "--" + spec.name;
  for (const std::string& alias : spec.aliases) names += ",--" + alias;
  return names;
}

void AddCommand(CLI::App& app, const CommandSpec& spec, CommandLine& line) {
  CLI::App* command = app.add_subcommand(spec.name, spec.help);
  command->callback([&line, &spec] { line.command = &spec; });
  const auto set = [&line](const std::string& name) {
    return [&line, name](const std::string& value) {
      line.arguments.Set(name, value);
    };
  };
  for (const PositionalSpec& positional : spec.positionals) {
    command
        ->add_option_function<std::string>(
            positional.name, set(positional.name), positional.help)
        ->required(positional.required)
        ->type_name("");
  }
  for (const OptionSpec& option : spec.options) {
    if (option.value.empty()) {
      command->add_flag_callback(
          Names(option),
          [&line, name = option.name] { line.arguments.Set(name, ""); },
          option.help);
    } else {
      command
          ->add_option_function<std::string>(Names(option), set(option.name),
                                             option.help)
          ->type_name(option.value);
    }
  }
}

}  // namespace

std::vector<std::string> Normalize(std::vector<std::string> words) {
  const size_t command = CommandIn(words);
  if (command + 1 < words.size() && words[command] == "run" &&
      words[command + 1].starts_with(kSeedPrefix)) {
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(command));
    words[command].erase(0, kSeedPrefix.size());
  }
  if (command < words.size()) Dash(words[command], words[command].size());
  for (std::string& word : words) {
    if (word == "--") break;
    if (word.starts_with("--"))
      Dash(word, std::min(word.find('='), word.size()));
  }
  return words;
}

std::expected<CommandLine, int> ParseCommandLine(
    const std::vector<std::string>& words, const CommandSpecs& specs) {
  CommandLine line;
  CLI::App app(
      "bondctl: pairing, passkeys and bonds of bondd's Bluetooth LE adapters");
  app.name("bondctl");
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "bondctl " BONDD_VERSION);
  app.add_option("-a,--adapter", line.adapter,
                 "which adapter; without it the only one");
  app.add_flag("--json", line.json, "one JSON object as the result");
  app.add_option("--bus", line.bus, "system, session or an address");
  app.add_option("--bus-name", line.bus_name, "bondd's name on the bus");
  app.footer(
      "\nBLEngine's \"run SM.initiate_pairing 64 --io_cap 4\" works as well. "
      "Secrets may come\nfrom standard input (-) or a file (@FILE). "
      "See bondctl(1).");
  for (const CommandSpec& spec : specs) AddCommand(app, spec, line);
  // CLI11 takes the words from the back.
  std::vector<std::string> reversed = Normalize(words);
  const size_t command = CommandIn(reversed);
  if (command < reversed.size() &&
      std::ranges::find(specs, reversed[command], &CommandSpec::name) ==
          specs.end()) {
    return std::unexpected(Complain("unknown command " + reversed[command]));
  }
  std::ranges::reverse(reversed);
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::Success& done) {
    // Help or version.
    return std::unexpected(app.exit(done));
  } catch (const CLI::ParseError& mistake) {
    return std::unexpected(Complain(mistake.what()));
  }
  return line;
}

}  // namespace bondd::cli
