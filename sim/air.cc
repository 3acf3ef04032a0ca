#include "sim/air.h"

#include <algorithm>
#include <utility>

#include "sim/controller.h"
#include "sim/medium.h"

namespace bondd::sim {

// Moves the Medium's clock and lets the controllers handle what their hosts
// wrote. It is all there is behind an Air.
class Air::Impl {
 public:
  Medium& medium() { return medium_; }

  std::optional<Time> Deadline() const {
    const auto& controllers = medium_.controllers();
    if (std::any_of(controllers.begin(), controllers.end(),
                    [](const Controller* one) { return one->HasWork(); })) {
      return medium_.scheduler().now();
    }
    return medium_.scheduler().Next();
  }

  void Advance(Time now) {
    RunUntil(now);
    medium_.scheduler().MoveTo(now);
    while (HandlePackets()) RunUntil(medium_.scheduler().now());
  }

 private:
  void RunUntil(Time now) {
    while (medium_.scheduler().RunNext(now)) medium_.ClearAway();
  }

  // One packet of each controller; false when there is none.
  bool HandlePackets() {
    bool any = false;
    for (Controller* controller : medium_.controllers()) {
      if (!controller->HasWork()) continue;
      controller->HandleNext();
      any = true;
    }
    medium_.ClearAway();
    return any;
  }

  Medium medium_;
};

Air::Air() : impl_(std::make_unique<Impl>()) {}

Air::~Air() = default;

std::unique_ptr<VirtualController> Air::AddController(ControllerOptions options,
                                                      Time now) {
  Advance(now);
  return std::make_unique<VirtualController>(impl_->medium(),
                                             std::move(options));
}

std::optional<Time> Air::Deadline() const { return impl_->Deadline(); }

void Air::Advance(Time now) { impl_->Advance(now); }

}  // namespace bondd::sim
