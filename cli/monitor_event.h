// One signal of bondd as one event of the monitor.

#ifndef BONDD_CLI_MONITOR_EVENT_H_
#define BONDD_CLI_MONITOR_EVENT_H_

#include <string>
#include <vector>

#include "cli/object_tree.h"

namespace bondd::cli {

// The events that a signal stands for, each with "Event", "Adapter" and, where
// there is a link, "Connection" and "Peer" first. `tree` has to know the
// object.
std::vector<Json> EventsOf(const Signal& signal, const ObjectTree& tree);
// What a person reads.
std::string DescribeEvent(const Json& event);

}  // namespace bondd::cli

#endif  // BONDD_CLI_MONITOR_EVENT_H_
