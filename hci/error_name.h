// The names of HCI error codes, for messages to people.

#ifndef BONDD_HCI_ERROR_NAME_H_
#define BONDD_HCI_ERROR_NAME_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace bondd::hci {

// As in the Core Specification, such as "Connection Timeout"; "Unknown Error"
// for a code without a name.
std::string_view ErrorName(uint8_t code);

// With its number: "Connection Timeout (0x08)".
std::string DescribeError(uint8_t code);

}  // namespace bondd::hci

#endif  // BONDD_HCI_ERROR_NAME_H_
