#include "hci/error_name.h"

#include <fmt/format.h>

#include <array>

namespace bondd::hci {

namespace {

using namespace std::string_view_literals;

// [Vol 1, Part F] 1.3. The index is the code; empty = reserved.
constexpr auto kNames = std::to_array<std::string_view>({
    "Success"sv,
    "Unknown HCI Command"sv,
    "Unknown Connection Identifier"sv,
    "Hardware Failure"sv,
    "Page Timeout"sv,
    "Authentication Failure"sv,
    "PIN or Key Missing"sv,
    "Memory Capacity Exceeded"sv,
    "Connection Timeout"sv,
    "Connection Limit Exceeded"sv,
    "Synchronous Connection Limit To A Device Exceeded"sv,
    "Connection Already Exists"sv,
    "Command Disallowed"sv,
    "Connection Rejected due to Limited Resources"sv,
    "Connection Rejected Due To Security Reasons"sv,
    "Connection Rejected due to Unacceptable BD_ADDR"sv,
    "Connection Accept Timeout Exceeded"sv,
    "Unsupported Feature or Parameter Value"sv,
    "Invalid HCI Command Parameters"sv,
    "Remote User Terminated Connection"sv,
    "Remote Device Terminated Connection due to Low Resources"sv,
    "Remote Device Terminated Connection due to Power Off"sv,
    "Connection Terminated By Local Host"sv,
    "Repeated Attempts"sv,
    "Pairing Not Allowed"sv,
    "Unknown LMP PDU"sv,
    "Unsupported Remote Feature"sv,
    "SCO Offset Rejected"sv,
    "SCO Interval Rejected"sv,
    "SCO Air Mode Rejected"sv,
    "Invalid LMP Parameters / Invalid LL Parameters"sv,
    "Unspecified Error"sv,
    "Unsupported LMP Parameter Value / Unsupported LL Parameter Value"sv,
    "Role Change Not Allowed"sv,
    "LMP Response Timeout / LL Response Timeout"sv,
    "LMP Error Transaction Collision / LL Procedure Collision"sv,
    "LMP PDU Not Allowed"sv,
    "Encryption Mode Not Acceptable"sv,
    "Link Key cannot be Changed"sv,
    "Requested QoS Not Supported"sv,
    "Instant Passed"sv,
    "Pairing With Unit Key Not Supported"sv,
    "Different Transaction Collision"sv,
    ""sv,
    "QoS Unacceptable Parameter"sv,
    "QoS Rejected"sv,
    "Channel Classification Not Supported"sv,
    "Insufficient Security"sv,
    "Parameter Out Of Mandatory Range"sv,
    ""sv,
    "Role Switch Pending"sv,
    ""sv,
    "Reserved Slot Violation"sv,
    "Role Switch Failed"sv,
    "Extended Inquiry Response Too Large"sv,
    "Secure Simple Pairing Not Supported By Host"sv,
    "Host Busy - Pairing"sv,
    "Connection Rejected due to No Suitable Channel Found"sv,
    "Controller Busy"sv,
    "Unacceptable Connection Parameters"sv,
    "Advertising Timeout"sv,
    "Connection Terminated due to MIC Failure"sv,
    "Connection Failed to be Established / Synchronization Timeout"sv,
    ""sv,
    "Coarse Clock Adjustment Rejected but Will Try to Adjust Using Clock Dragging"sv,
    "Type0 Submap Not Defined"sv,
    "Unknown Advertising Identifier"sv,
    "Limit Reached"sv,
    "Operation Cancelled by Host"sv,
    "Packet Too Long"sv,
    "Too Late"sv,
    "Too Early"sv,
    "Insufficient Channels"sv,
});

}  // namespace

std::string_view ErrorName(uint8_t code) {
  if (code >= kNames.size() || kNames[code].empty()) return "Unknown Error";
  return kNames[code];
}

std::string DescribeError(uint8_t code) {
  return fmt::format("{} (0x{:02X})", ErrorName(code), code);
}

}  // namespace bondd::hci
