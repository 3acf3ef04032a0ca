#include "dbus/bond_transfer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "dbus/option_reader.h"

namespace bondd::dbus {

ApiResult<UniqueFd> TakeDescriptor(sdbus::UnixFd fd,
                                   TransferDirection direction) {
  UniqueFd taken(fd.release());
  struct stat status {};
  const int flags = taken ? ::fcntl(taken.get(), F_GETFL) : -1;
  if (flags < 0 || ::fstat(taken.get(), &status) != 0) {
    return std::unexpected(InvalidArgument("fd", "cannot be used"));
  }
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) &&
      !S_ISSOCK(status.st_mode)) {
    return std::unexpected(
        InvalidArgument("fd", "is no regular file, pipe or socket"));
  }
  const bool writing = direction == TransferDirection::kToCaller;
  const int mode = flags & O_ACCMODE;
  const bool open = mode == O_RDWR || mode == (writing ? O_WRONLY : O_RDONLY);
  // A descriptor of O_PATH names a file without opening it.
  if (!open || (flags & O_PATH) != 0) {
    return std::unexpected(InvalidArgument(
        "fd", writing ? "is not open for writing" : "is not open for reading"));
  }
  return taken;
}

}  // namespace bondd::dbus
