// The least an ATT server can be: one without attributes.

#ifndef BONDD_HCI_ATT_RESPONDER_H_
#define BONDD_HCI_ATT_RESPONDER_H_

#include <optional>

#include "common/bytes.h"

namespace bondd::hci {

// The answer to one PDU that a peer sent on the ATT fixed channel; nothing for
// commands, notifications, responses and confirmations. A client finds a
// server that has no attributes, and so neither waits nor disconnects.
std::optional<Bytes> AnswerAtt(ByteView pdu);

// [Vol 3, Part F] 3.4.5.4: whether this is a whole Signed Write Command.
bool IsSignedWriteCommand(ByteView pdu);

}  // namespace bondd::hci

#endif  // BONDD_HCI_ATT_RESPONDER_H_
