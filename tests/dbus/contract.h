// The names and signatures that other people's programs are written against.

#ifndef BONDD_TESTS_DBUS_CONTRACT_H_
#define BONDD_TESTS_DBUS_CONTRACT_H_

#include <set>
#include <string>

namespace bondd::dbus::test {

// The members of one interface, "org.bondd." left out, in the form
//   "method Connect(ssa{sv}) o", "signal Keypress(s)",
//   "property Pairable b readwrite".
const std::set<std::string>& ContractOf(const std::string& interface);

// The same of an interface in introspection XML; empty when it is not there.
std::set<std::string> MembersIn(const std::string& xml,
                                const std::string& interface);

}  // namespace bondd::dbus::test

#endif  // BONDD_TESTS_DBUS_CONTRACT_H_
