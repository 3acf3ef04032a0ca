// One simulated controller as its host has it.

#ifndef BONDD_SIM_VIRTUAL_CONTROLLER_H_
#define BONDD_SIM_VIRTUAL_CONTROLLER_H_

#include <memory>

#include "hci/transport.h"
#include "sim/controller_options.h"

namespace bondd::sim {

class Controller;
class Medium;

// The transport through which a host uses a controller of an Air, and the
// handle by which that controller can be made to fail. Its owner drives it by
// the Air's time: what is written takes effect when Air::Advance() is called
// next, and what is to be read is there when it returns.
class VirtualController final : public hci::Transport {
 public:
  // By Air::AddController().
  VirtualController(Medium& medium, ControllerOptions options);
  VirtualController(const VirtualController&) = delete;
  VirtualController& operator=(const VirtualController&) = delete;
  // Whoever had a link with it notices by the supervision timeout.
  ~VirtualController() override;

  // There is none.
  int fd() const override { return -1; }
  // kClosed once the controller has vanished.
  Result<std::optional<hci::Packet>> Read() override;
  // kClosed once the controller has vanished; kLimit when the host writes far
  // more than the controller has credits for. Packets that are none at all are
  // lost.
  Result<void> Write(hci::PacketType type, ByteView payload) override;

  // False while Write() would fail with kLimit.
  bool CanTake() const;

  // From here on, in place of those of before.
  void SetFaults(Faults faults);
  // All its links of now are lost to both ends, each of which notices by its
  // supervision timeout.
  void LoseContact();
  // As if it had been unplugged.
  void Vanish();

 private:
  std::unique_ptr<Controller> controller_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_VIRTUAL_CONTROLLER_H_
