// The keys that rows may be sealed with, wherever they come from.

#ifndef BONDD_BONDS_KEY_RING_H_
#define BONDD_BONDS_KEY_RING_H_

#include <filesystem>
#include <string>
#include <vector>

#include "bonds/seal.h"
#include "bonds/state_directory.h"
#include "common/error.h"

namespace bondd::bonds {

inline constexpr const char* kCredentialName = "bondd.key";
inline constexpr const char* kOldCredentialName = "bondd.key.old";
inline constexpr const char* kKeyFileName = "bonds.key";
// There while the key is being changed: the one that will be bonds.key.
inline constexpr const char* kNextKeyFileName = "bonds.key.next";

enum class KeyOrigin { kCredential, kOldCredential, kFile, kNextFile };

struct RingKey {
  KeyOrigin origin;
  SealKey key;
};

// Read once when the store opens. Whoever opens it tries the keys in this
// order and goes on with the first one that opens something.
struct KeyRing {
  // Credential, old credential, key file, next key file: those that there are.
  std::vector<RingKey> keys;
  // A key that is there and can't be used is not an end, for another one may
  // do.
  std::vector<Error> problems;

  const RingKey* Find(KeyOrigin origin) const;
};

// `credentials` is systemd's directory of credentials; empty = there is none.
KeyRing ReadKeyRing(const StateDirectory& directory,
                    const std::filesystem::path& credentials);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_KEY_RING_H_
