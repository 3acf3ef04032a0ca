// The key that seals the bonds, as a file.
//
// A key file holds the 32 octets of the key three times, so that a bit that
// flips on the disk does not cost all bonds; one that was put there by hand may
// hold them once.

#ifndef BONDD_BONDS_KEY_FILE_H_
#define BONDD_BONDS_KEY_FILE_H_

#include <filesystem>
#include <optional>

#include "bonds/seal.h"
#include "bonds/state_directory.h"
#include "common/error.h"

namespace bondd::bonds {

// Nothing when there is no such file. kCorrupt: not a key.
// kPermissionDenied: others can read it, or it can't be read.
Result<std::optional<SealKey>> ReadKeyFile(const std::filesystem::path& path);

// The same of a systemd credential, whose permissions are systemd's business.
Result<std::optional<SealKey>> ReadCredential(
    const std::filesystem::path& path);

// Where a key is until it is whole; an interruption may leave it behind.
inline constexpr const char* kDraftKeyFileName = "bonds.key.draft";

// Puts the key there whole or not at all, with mode 0600; on success it is on
// the disk. Takes the place of a file of the same name.
Result<void> WriteKeyFile(const StateDirectory& directory, const char* name,
                          const SealKey& key);

// Overwrites the file with zeros, then removes it. No harm when there is none.
Result<void> EraseKeyFile(const StateDirectory& directory, const char* name);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_KEY_FILE_H_
