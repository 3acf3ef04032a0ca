// Whether an adapter's controller is the one that its bonds were made with. One
// that is not gets no stored secret, and makes no bonds, until somebody who may
// says that it is all right.

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "daemon/adapter.h"
#include "daemon/controller_record.h"

namespace bondd::daemon {

// What comes first is trusted: nothing is known of it that could be betrayed.
Result<void> Adapter::CheckController(const bonds::LocalIdentity& known,
                                      const hci::Ready& event) {
  public_address_ = event.public_address;
  controller_record_ = RecordOf(spec_, event.manufacturer);
  trusted_ = known.controller.empty() || known.controller == controller_record_;
  if (trusted_) {
    const bool first = known.controller.empty();
    if (first && !context_.store.locked()) StoreController(std::nullopt);
    return {};
  }
  auto stand_in = bonds::MakeLocalIdentity();
  if (!stand_in) return std::unexpected(std::move(stand_in.error()));
  stand_in_irk_ = std::move(stand_in->irk);
  Log(LogLevel::kWarning,
      fmt::format("this controller has the address of another one ({}; this "
                  "one: {}): it gets no keys and makes no bonds until it is "
                  "trusted. If you moved or replaced it: bondctl -a {} trust",
                  known.controller, controller_record_, name_));
  return {};
}

void Adapter::StoreController(std::optional<dbus::CallId> call) {
  const bonds::RequestId request = context_.store.SetController(
      identity_name(), public_address_, controller_record_);
  store_requests_.emplace(
      request,
      StoreRequest{StoreRequest::Kind::kController, std::nullopt, call, {}, 0});
}

void Adapter::StoreRecordAgain() {
  if (!ready_ || !trusted_) return;
  if (std::exchange(record_unsaved_, false)) StoreController(std::nullopt);
}

void Adapter::Trust(dbus::CallId call, const dbus::Caller& caller) {
  if (caller.uid != 0 && caller.uid != geteuid()) {
    return context_.bus.ReplyError(
        call, {"NotAuthorized", "only root may trust a controller"});
  }
  if (trusted_) return context_.bus.Reply(call, dbus::NoValue());
  StoreController(call);
}

void Adapter::OnControllerStored(const StoreRequest& request,
                                 const Result<void>& outcome) {
  if (!request.call) {
    // Until there is something else that the disk takes; else it is the first
    // one again next time.
    if (!outcome) {
      record_unsaved_ = true;
      Log(LogLevel::kWarning,
          "what is known of the controller is not stored: " +
              outcome.error().message);
    }
    return;
  }
  if (!outcome) {
    return context_.bus.ReplyError(*request.call,
                                   {"StoreFailed", outcome.error().message});
  }
  if (ready_) {
    trusted_ = true;
    Log(LogLevel::kNotice, "the controller is trusted from now on");
    PublishSelf();
  }
  context_.bus.Reply(*request.call, dbus::NoValue());
}

dbus::ApiResult<void> Adapter::CheckTrusted() const {
  if (trusted_) return {};
  return dbus::ApiFail("NotAuthorized",
                       "Trusted: this controller is not the one that the bonds "
                       "were made with");
}

smp::LocalIdentity Adapter::identity() const {
  if (trusted_) return identity_->Clone();
  return {identity_->address, stand_in_irk_->Clone()};
}

}  // namespace bondd::daemon
