// The LE signalling channel of a host that opens no channels of its own.

#ifndef BONDD_HCI_L2CAP_SIGNALLING_H_
#define BONDD_HCI_L2CAP_SIGNALLING_H_

#include <optional>

#include "common/bytes.h"
#include "hci/connection_parameters.h"
#include "hci/events.h"

namespace bondd::hci {

// What one C-frame from the peer leads to.
struct SignallingAnswer {
  // The C-frame to send back.
  std::optional<Bytes> reply;
  // Accepted connection parameters, to be applied to the link.
  std::optional<ConnectionParameters> update;
};

// `role` is ours on the link; `can_update` says whether parameters can be
// applied now (else they are rejected).
SignallingAnswer AnswerSignalling(Role role, bool can_update, ByteView frame);

}  // namespace bondd::hci

#endif  // BONDD_HCI_L2CAP_SIGNALLING_H_
