#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "config/ini_file.h"
#include "config/keys.h"

namespace bondd::config {

namespace {

namespace fs = std::filesystem;

// Section and key.
using Name = std::pair<std::string, std::string>;

// Takes settings file by file, later ones over earlier ones, and then looks
// whether they go together.
class Loader {
 public:
  Result<void> Take(const fs::path& file) {
    const Result<std::vector<Setting>> settings = ReadIniFile(file);
    if (!settings) return std::unexpected(settings.error());
    std::map<Name, int> lines;
    for (const Setting& setting : *settings) {
      if (auto applied = Apply(setting, config_); !applied) return applied;
      if (setting.key.empty()) continue;
      const Name name(setting.section, setting.key);
      const auto [first, fresh] = lines.emplace(name, setting.line);
      if (!fresh) {
        return Invalid(setting, fmt::format("set twice (first on line {})",
                                            first->second));
      }
      settings_.insert_or_assign(name, setting);
    }
    return {};
  }

  Result<Config> Finish() && {
    if (auto valid = CheckPairing(); !valid) {
      return std::unexpected(std::move(valid.error()));
    }
    const smp::AttemptPolicy& attempts = config_.repeated_attempts;
    if (attempts.first > attempts.max) {
      return Contradiction("RepeatedAttempts", "First is greater than Max");
    }
    if (auto valid = CheckAdapters(); !valid) {
      return std::unexpected(std::move(valid.error()));
    }
    return std::move(config_);
  }

 private:
  static std::unexpected<Error> Invalid(const Setting& setting,
                                        std::string what) {
    return Fail(ErrorCode::kInvalidArgument, Where(setting) + std::move(what));
  }

  // Blames a setting that the sentence speaks of.
  std::unexpected<Error> Contradiction(std::string_view section,
                                       std::string what) const {
    for (const auto& [name, setting] : settings_) {
      if (name.first == section && what.find(name.second) != what.npos) {
        return Invalid(setting, std::move(what));
      }
    }
    return Fail(ErrorCode::kInvalidArgument, std::move(what));
  }

  Result<void> CheckPairing() const {
    // The most capable agent stands for one that may come: what is still
    // impossible is so by the configuration alone.
    const auto resolved =
        smp::Resolve(config_.pairing, smp::IoCapability::kKeyboardDisplay);
    if (resolved) return {};
    return Contradiction("Pairing", resolved.error());
  }

  Result<void> CheckAdapters() const {
    std::set<std::string> seen;
    for (const AdapterSpec& adapter : config_.adapters) {
      if (adapter.kind == AdapterKind::kSim) continue;
      if (!seen.insert(adapter.text).second) {
        return Contradiction("Adapters",
                             fmt::format("Use names {} twice", adapter.text));
      }
    }
    return {};
  }

  Config config_;
  std::map<Name, Setting> settings_;  // those in force
};

// The *.conf in `directory`, by name; none when there is no such directory.
Result<std::vector<fs::path>> DropIns(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".conf" &&
        !path.filename().native().starts_with('.')) {
      files.push_back(path);
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return std::unexpected(ErrnoError(
        error.value(), fmt::format("cannot read {}", directory.native())));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<Config> Load(const fs::path& file, bool required) {
  Loader loader;
  if (auto taken = loader.Take(file); !taken) {
    const bool absent = taken.error().code == ErrorCode::kNotFound;
    if (required || !absent) return std::unexpected(std::move(taken.error()));
  }
  const Result<std::vector<fs::path>> drop_ins = DropIns(file.native() + ".d");
  if (!drop_ins) return std::unexpected(drop_ins.error());
  for (const fs::path& drop_in : *drop_ins) {
    if (auto taken = loader.Take(drop_in); !taken) {
      return std::unexpected(std::move(taken.error()));
    }
  }
  return std::move(loader).Finish();
}

}  // namespace bondd::config
