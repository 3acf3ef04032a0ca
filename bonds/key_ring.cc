#include "bonds/key_ring.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "bonds/key_file.h"

namespace bondd::bonds {

namespace {

void Add(KeyRing& ring, KeyOrigin origin, Result<std::optional<SealKey>> key) {
  if (!key) {
    ring.problems.push_back(std::move(key.error()));
  } else if (*key) {
    ring.keys.push_back({origin, std::move(**key)});
  }
}

}  // namespace

const RingKey* KeyRing::Find(KeyOrigin origin) const {
  const auto key = std::ranges::find(keys, origin, &RingKey::origin);
  return key == keys.end() ? nullptr : &*key;
}

KeyRing ReadKeyRing(const StateDirectory& directory,
                    const std::filesystem::path& credentials) {
  KeyRing ring;
  if (!credentials.empty()) {
    Add(ring, KeyOrigin::kCredential,
        ReadCredential(credentials / kCredentialName));
    Add(ring, KeyOrigin::kOldCredential,
        ReadCredential(credentials / kOldCredentialName));
  }
  Add(ring, KeyOrigin::kFile, ReadKeyFile(directory.File(kKeyFileName)));
  Add(ring, KeyOrigin::kNextFile,
      ReadKeyFile(directory.File(kNextKeyFileName)));
  return ring;
}

}  // namespace bondd::bonds
