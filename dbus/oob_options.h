// Out-of-band data as it comes in over D-Bus: raw values, or the structures of
// an out-of-band data block.

#ifndef BONDD_DBUS_OOB_OPTIONS_H_
#define BONDD_DBUS_OOB_OPTIONS_H_

#include "dbus/operations.h"

namespace bondd::dbus {

ApiResult<GenerateOobOptions> ParseGenerateOob(const Dictionary& options);
// Of SetRemoteOob: Confirm and Random, Tk, or Ad alone; an address in Ad has to
// be that of `peer`.
ApiResult<OobData> ParseRemoteOob(const Dictionary& data,
                                  const DeviceAddress& peer);
// An agent's answer: exactly what was asked for.
ApiResult<AgentOob> ParseAgentOob(const Dictionary& data,
                                  bool secure_connections);
// Arguments of SetOob and SetOobLegacy, 16 octets each.
ApiResult<smp::PeerOobData> ParsePeerOob(ByteView confirm, ByteView random);
ApiResult<smp::Tk> ParseTk(ByteView tk);

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_OOB_OPTIONS_H_
