// Every section and key of bondd.conf, and what its value becomes.

#ifndef BONDD_CONFIG_KEYS_H_
#define BONDD_CONFIG_KEYS_H_

#include "common/error.h"
#include "config/config.h"
#include "config/ini_file.h"

namespace bondd::config {

// Puts one setting into `config`. An unknown section or key and a wrong value
// are errors, which say where and what is allowed.
Result<void> Apply(const Setting& setting, Config& config);

}  // namespace bondd::config

#endif  // BONDD_CONFIG_KEYS_H_
