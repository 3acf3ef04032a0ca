// What the XML of the interfaces says of them.

#ifndef BONDD_TESTS_API_DOCUMENTED_H_
#define BONDD_TESTS_API_DOCUMENTED_H_

#include <set>
#include <string>

namespace bondd::api::test {

struct Documented {
  // "Adapter1.Connect"; a property that can be set is "set Adapter1.Privacy".
  std::set<std::string> methods;
  // "Adapter1.Connect TimedOut". All of Smp.* is one.
  std::set<std::string> errors;
  // "Adapter1.Privacy".
  std::set<std::string> properties;
  // "Adapter1.DeviceFound".
  std::set<std::string> signals;
};

// Of the interfaces that bondd implements.
Documented ReadXml();

}  // namespace bondd::api::test

#endif  // BONDD_TESTS_API_DOCUMENTED_H_
