// bondctl doctor: what is wrong with this machine, and the remedy.

#ifndef BONDD_CLI_DOCTOR_H_
#define BONDD_CLI_DOCTOR_H_

#include "cli/arguments.h"

namespace bondd::cli {

CommandSpecs DoctorCommands();

}  // namespace bondd::cli

#endif  // BONDD_CLI_DOCTOR_H_
