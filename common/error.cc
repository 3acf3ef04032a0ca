#include "common/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace bondd {

namespace {

ErrorCode CodeOf(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENODEV:
      return ErrorCode::kNotFound;
    case EBUSY:
      return ErrorCode::kBusy;
    case EPERM:
    case EACCES:
      return ErrorCode::kPermissionDenied;
    case EAFNOSUPPORT:
      return ErrorCode::kNotSupported;
    case ERFKILL:
      return ErrorCode::kBlocked;
    case ENOSPC:
      return ErrorCode::kNoSpace;
    case ETIMEDOUT:
      return ErrorCode::kTimedOut;
    case EPIPE:
      return ErrorCode::kClosed;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

Error ErrnoError(int error_number, std::string_view what) {
  return {CodeOf(error_number),
          fmt::format("{}: {}", what,
                      std::generic_category().message(error_number))};
}

}  // namespace bondd
