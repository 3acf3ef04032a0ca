#include "bonds/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace bondd::bonds {

namespace {

// Only of files that were made just now: a name that was there already may be
// a link to somebody else's file.
bool GiveToOwnerOf(const std::filesystem::path& directory, int fd) {
  struct stat status {};
  if (::stat(directory.empty() ? "." : directory.c_str(), &status) != 0) {
    return false;
  }
  return status.st_uid == 0 || ::fchown(fd, status.st_uid, status.st_gid) == 0;
}

}  // namespace

UniqueFd MakePrivateFile(const std::filesystem::path& path) {
  UniqueFd fd(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd || ::geteuid() != 0) return fd;
  if (GiveToOwnerOf(path.parent_path(), fd.get())) return fd;
  const int error = errno;
  ::unlink(path.c_str());
  errno = error;
  return {};
}

}  // namespace bondd::bonds
