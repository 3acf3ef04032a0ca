// Legacy scanning: what is wanted, and how far the controller is.

#ifndef BONDD_HCI_SCANNER_H_
#define BONDD_HCI_SCANNER_H_

#include <optional>

#include "hci/activity.h"
#include "hci/command.h"
#include "hci/radio_parameters.h"
#include "hci/supported_states.h"

namespace bondd::hci {

// Turns wanted scanning into the commands that bring it about. Radio owns it
// and decides when a command may go out.
class Scanner {
 public:
  // Wants it, in place of what was wanted before.
  void Want(ScanParameters parameters);
  void Unwant() { wanted_.reset(); }
  bool wanted() const { return wanted_.has_value(); }

  // What it would be for the link layer; only while wanted.
  LinkLayerState state() const;

  // The next command towards on; only while wanted and not on.
  Command Start(uint8_t own_address_type);
  Command Stop();

  Activity& activity() { return activity_; }
  const Activity& activity() const { return activity_; }

 private:
  std::optional<ScanParameters> wanted_;
  Activity activity_{2};
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_SCANNER_H_
