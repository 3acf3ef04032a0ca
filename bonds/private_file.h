// How files of the state directory are made.

#ifndef BONDD_BONDS_PRIVATE_FILE_H_
#define BONDD_BONDS_PRIVATE_FILE_H_

#include <filesystem>

#include "common/unique_fd.h"

namespace bondd::bonds {

// Makes a file with mode 0600 and opens it for writing. Nothing, and the reason
// in errno, when that fails or something of that name is there (EEXIST). What
// root makes belongs to the owner of the directory: the daemon that has to read
// it later is somebody else.
UniqueFd MakePrivateFile(const std::filesystem::path& path);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_PRIVATE_FILE_H_
