// Changes the key that seals the bonds, for `bondd --rekey`.

#ifndef BONDD_BONDS_REKEY_H_
#define BONDD_BONDS_REKEY_H_

#include <filesystem>
#include <vector>

#include "bonds/notice.h"
#include "common/error.h"

namespace bondd::bonds {

// Seals all bonds with another key, in one transaction: with the credential
// bondd.key when there is one, after which the key file is erased, else with a
// new key file. The old key has to be at hand: the key file, or, when one
// credential follows another, the old one as bondd.key.old. An interrupted
// change is finished, or was never begun, when the store is opened next.
// Gives what people should know, how it went as the last of it.
// kBusy: a bondd is running on the directory.
Result<std::vector<Notice>> Rekey(const std::filesystem::path& state_directory,
                                  const std::filesystem::path& credentials);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_REKEY_H_
