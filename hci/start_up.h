// How a controller is made ready.

#ifndef BONDD_HCI_START_UP_H_
#define BONDD_HCI_START_UP_H_

#include <cstddef>
#include <optional>

#include "common/error.h"
#include "hci/command.h"
#include "hci/command_queue.h"
#include "hci/controller_info.h"

namespace bondd::hci {

// Walks a controller through its table of start-up commands and gathers the
// ControllerInfo. It stands between the Controller, which carries its commands
// out, and everything else, which waits for done().
class StartUp {
 public:
  // The next command; nothing while one is under way, and at the end.
  std::optional<Command> Next();
  void OnOutcome(const CommandOutcome& outcome);

  // True at the end, well or not.
  bool done() const { return done_; }
  // Why the controller can't be used.
  const std::optional<Error>& failure() const { return failure_; }
  const ControllerInfo& info() const { return info_; }

 private:
  void Fail(ErrorCode code, std::string message);
  void Finish();

  size_t step_ = 0;
  bool under_way_ = false;
  bool reset_again_ = false;
  bool done_ = false;
  std::optional<Error> failure_;
  ControllerInfo info_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_START_UP_H_
