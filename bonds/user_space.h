// Whose process may be behind a file.

#ifndef BONDD_BONDS_USER_SPACE_H_
#define BONDD_BONDS_USER_SPACE_H_

#include <cstdint>

namespace bondd::bonds {

// Whether the files of this device may be served by a process of somebody's
// (FUSE), which can keep whoever asks it for anything waiting for ever. So it
// is not asked: it goes by what the kernel says of its file systems, and where
// that says nothing the answer is yes.
bool MayBeInUserSpace(uint32_t major, uint32_t minor);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_USER_SPACE_H_
