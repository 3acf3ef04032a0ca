// The descriptor of ExportBonds and ImportBonds.

#ifndef BONDD_DBUS_BOND_TRANSFER_H_
#define BONDD_DBUS_BOND_TRANSFER_H_

#include "common/unique_fd.h"
#include "dbus/operations.h"
#include "dbus/sdbus_compat.h"

namespace bondd::dbus {

enum class TransferDirection { kToCaller, kFromCaller };

// Takes the descriptor over; InvalidArguments unless it is a regular file, pipe
// or socket that is open for the direction.
ApiResult<UniqueFd> TakeDescriptor(sdbus::UnixFd fd,
                                   TransferDirection direction);

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_BOND_TRANSFER_H_
