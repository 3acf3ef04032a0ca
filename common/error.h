// Errors of the environment: files, sockets, libraries, configuration.
//
// What a peer can cause is not one of these (that is smp's
// PairingFailedReason), and neither is a programmer's mistake (an assertion).

#ifndef BONDD_COMMON_ERROR_H_
#define BONDD_COMMON_ERROR_H_

#include <expected>
#include <string>
#include <string_view>

namespace bondd {

enum class ErrorCode {
  kInvalidArgument,
  kNotFound,
  kBusy,
  kPermissionDenied,
  kNotSupported,
  kBlocked,  // by rfkill
  kTimedOut,
  kClosed,  // the other end is gone
  kIo,
  kCorrupt,
  kNoSpace,
  kLimit,   // of our own making, such as MaxBonds
  kExists,  // something else is there, and stays
  kCrypto,
};

struct Error {
  ErrorCode code = ErrorCode::kIo;
  // One sentence for people; it says what failed and, where there is one, the
  // remedy. Never holds a secret.
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

// An Error made of errno's text: "<what>: <strerror>". Known errno values map
// to their code, all others to kIo.
Error ErrnoError(int error_number, std::string_view what);

inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace bondd

#endif  // BONDD_COMMON_ERROR_H_
