// D-Bus messages to and from the values that the tests compare.

#ifndef BONDD_TESTS_INTEGRATION_BUS_VALUES_H_
#define BONDD_TESTS_INTEGRATION_BUS_VALUES_H_

#include <systemd/sd-bus.h>

#include <nlohmann/json.hpp>
#include <string>

namespace bondd::integration {

// Appends each element of `values` as the next complete type of `signature`.
// What does not fit throws std::runtime_error.
void AppendValues(sd_bus_message* message, const std::string& signature,
                  const nlohmann::ordered_json& values);

// All arguments of a message, as an array.
nlohmann::ordered_json ReadValues(sd_bus_message* message);

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_BUS_VALUES_H_
