// Tar archives in memory, as much of them as a handful of small files needs.

#ifndef BONDD_BONDS_TAR_H_
#define BONDD_BONDS_TAR_H_

#include <string>
#include <string_view>
#include <vector>

#include "bonds/wiped_text.h"
#include "common/error.h"

namespace bondd::bonds {

// A regular file of an archive, its content borrowed from it.
struct TarEntry {
  std::string path;  // as it is there, such as "./a/b"
  std::string_view content;
};

// Appends a file with mode 0600, owned by root. `path` is relative and has at
// most 100 octets.
void AppendTarFile(WipedText& archive, std::string_view path,
                   std::string_view content);
// Appends what has to come last.
void FinishTar(WipedText& archive);

// The regular files of an archive (ustar, GNU or pax), in its order; whatever
// else is in it is passed over. kInvalidArgument: not an archive, or one that
// is cut short.
Result<std::vector<TarEntry>> ReadTar(std::string_view archive);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_TAR_H_
