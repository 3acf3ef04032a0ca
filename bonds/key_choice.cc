#include "bonds/key_choice.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "bonds/key_file.h"
#include "bonds/row_reader.h"

namespace bondd::bonds {

namespace {

// The first key of the ring that opens something in the file.
Result<std::optional<FittingKey>> KeyOf(const KeyRing& ring, BondFile& file) {
  for (const RingKey& key : ring.keys) {
    Result<Sealer> sealer = Sealer::Make(key.key);
    if (!sealer) return std::unexpected(std::move(sealer.error()));
    if (OpensAnySeal(file.database(), *sealer)) {
      return FittingKey{std::move(*sealer), key.origin};
    }
  }
  return std::nullopt;
}

// A file that can't even be asked holds seals.
bool IsSealed(BondFile& file) {
  return !file.is_unsealed() && HoldsSeals(file.database()).value_or(true);
}

// One seal may be damaged. Several that no key of ours opens, in a file that is
// sound otherwise, are somebody else's.
bool WantsAnotherKey(BondFile& file) {
  return CountSeals(file.database()).value_or(0) > 1 &&
         QuickCheck(file.database()).has_value();
}

Error WhyLocked(const StateDirectory& directory, const KeyRing& ring) {
  std::string reasons;
  for (const Error& problem : ring.problems) {
    reasons += fmt::format("; {}", problem.message);
  }
  const char* const what = ring.keys.empty()
                               ? "the key that seals the bonds is missing"
                               : "the bonds are sealed with another key";
  return {ErrorCode::kCrypto,
          fmt::format("{} (looked for {} and the credential {}){}. No bond can "
                      "be used or made until it is back; nothing was deleted",
                      what, directory.File(kKeyFileName).native(),
                      kCredentialName, reasons)};
}

Result<FittingKey> FirstKey(const StateDirectory& directory, KeyRing& ring) {
  if (ring.keys.empty()) {
    Result<SealKey> made = MakeSealKey();
    if (!made) return std::unexpected(std::move(made.error()));
    if (auto put = WriteKeyFile(directory, kKeyFileName, *made); !put) {
      return std::unexpected(std::move(put.error()));
    }
    ring.keys.push_back({KeyOrigin::kFile, std::move(*made)});
  }
  const RingKey& first = ring.keys.front();
  Result<Sealer> sealer = Sealer::Make(first.key);
  if (!sealer) return std::unexpected(std::move(sealer.error()));
  return FittingKey{std::move(*sealer), first.origin};
}

void TellAboutKeys(const KeyRing& ring, const KeyChoice& choice,
                   std::vector<Notice>& notices) {
  if (choice.locked) {
    notices.push_back(
        {NoticeKind::kKey, LogLevel::kError, choice.locked->message});
    return;
  }
  for (const Error& problem : ring.problems) {
    notices.push_back({NoticeKind::kKey, LogLevel::kWarning, problem.message});
  }
  if (ring.Find(KeyOrigin::kCredential) != nullptr &&
      choice.key->origin != KeyOrigin::kCredential) {
    notices.push_back(
        {NoticeKind::kKey, LogLevel::kWarning,
         "the bonds are not sealed with the credential bondd.key yet: run "
         "bondd --rekey with it"});
  }
}

}  // namespace

Result<KeyChoice> ChooseKeys(const StateDirectory& directory, KeyRing& ring,
                             BondFile& file, BondFile* copy,
                             std::vector<Notice>& notices) {
  KeyChoice choice;
  const bool copy_sealed = copy != nullptr && IsSealed(*copy);
  if (IsSealed(file) || copy_sealed) {
    auto key = KeyOf(ring, file);
    if (!key) return std::unexpected(std::move(key.error()));
    choice.key = std::move(*key);
    if (copy_sealed) {
      auto copy_key = KeyOf(ring, *copy);
      if (!copy_key) return std::unexpected(std::move(copy_key.error()));
      choice.copy_key = std::move(*copy_key);
    }
    // The copy replaces what is damaged, not what wants another key.
    const bool foreign = !choice.key && WantsAnotherKey(file);
    if (!choice.key && !foreign) choice.key.swap(choice.copy_key);
    if (!choice.key) choice.locked = WhyLocked(directory, ring);
  } else if (ring.keys.empty() && !ring.problems.empty()) {
    choice.locked = WhyLocked(directory, ring);
  } else {
    Result<FittingKey> first = FirstKey(directory, ring);
    if (!first) return std::unexpected(std::move(first.error()));
    choice.key.emplace(std::move(*first));
  }
  TellAboutKeys(ring, choice, notices);
  return choice;
}

}  // namespace bondd::bonds
