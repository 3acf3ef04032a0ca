// From ApiError values to the exceptions that sdbus-c++ turns into error
// replies.

#ifndef BONDD_DBUS_API_ERROR_H_
#define BONDD_DBUS_API_ERROR_H_

#include <type_traits>
#include <utility>

#include "dbus/operations.h"
#include "dbus/sdbus_compat.h"

namespace bondd::dbus {

// org.bondd.Error.<name>, its message "<name>: <message>".
sdbus::Error ToSdbusError(const ApiError& error);

// The value, or the error as an exception. Only within a handler.
template <typename T>
T Unwrap(ApiResult<T>&& result) {
  if (!result) throw ToSdbusError(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// What stands for an exception of any other kind; says nothing of its text,
// which may hold what the caller sent.
sdbus::Error InternalError();

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_API_ERROR_H_
