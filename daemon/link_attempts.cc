// Repeated attempts: who has to wait after pairings that failed.

#include <utility>

#include "daemon/adapter.h"
#include "daemon/link.h"

namespace bondd::daemon {

namespace {

// A Security Request of ours that nobody answered, whoever ended the waiting:
// no pairing has begun that could have failed. As central it is our user who
// was asked and did not react, and is not to be asked over and over.
bool NothingWasTried(const smp::PairingReport& report, bool central) {
  const smp::FailureCause cause = report.failure->cause;
  return !central && !report.request &&
         (cause == smp::FailureCause::kTimeout ||
          cause == smp::FailureCause::kLinkLost);
}

}  // namespace

smp::RepeatedAttempts::Claimant Link::Claimant(bool wanted) const {
  return {.address = peer(), .known = identity_.has_value(), .wanted = wanted};
}

bool Link::MustWait(dbus::CallId call, const dbus::Caller& caller,
                    smp::PairingOptions& options, bool security_request) {
  const Time now = adapter_.context().now;
  const auto until = adapter_.attempts().BlockedUntil(Claimant(true), now);
  if (!until) return false;
  auto limit = options.timeout;
  if (!limit) limit = adapter_.Defaults().timeout;
  if (limit && now + *limit < *until) {
    adapter_.context().bus.ReplyError(
        call, {"Smp.RepeatedAttempts",
               "reason 0x09 RepeatedAttempts, side local, phase "
               "FeatureExchange: the wait after earlier failures is longer "
               "than TimeoutMs"});
    return true;
  }
  waiting_ = Waiting{.call = call,
                     .caller = caller,
                     .options = std::move(options),
                     .security_request = security_request,
                     .since = now,
                     .until = *until};
  return true;
}

void Link::OnDeadline() {
  const Time now = adapter_.context().now;
  if (const auto due = sm_.Deadline(); due && now >= *due) {
    Feed(smp::TimerDue{});
  }
  if (!waiting_ || now < waiting_->until) return;
  Waiting waited = std::move(*std::exchange(waiting_, std::nullopt));
  if (waited.options.timeout) *waited.options.timeout -= now - waited.since;
  if (waited.security_request) {
    SendSecurityRequest(waited.call, waited.caller, std::move(waited.options));
  } else {
    InitiatePairing(waited.call, waited.caller, std::move(waited.options));
  }
}

void Link::EndWaiting(const dbus::ApiError& error) {
  const auto waited = std::exchange(waiting_, std::nullopt);
  if (waited) adapter_.context().bus.ReplyError(waited->call, error);
}

// [Vol 3, Part H] 2.3.6
void Link::NoteAttempt(const smp::PairingReport& report) {
  const Time now = adapter_.context().now;
  if (report.by_encryption || refused_unasked_) return;
  if (!report.failure) {
    adapter_.attempts().Succeeded(Claimant(wanted_), now);
  } else if (!owner_ &&
             adapter_.attempts().BlockedUntil(Claimant(wanted_), now)) {
    // It came too early, and was refused for something else before that showed.
  } else if (smp::CountsAsAttempt(*report.failure) &&
             !NothingWasTried(report, central())) {
    adapter_.attempts().Failed(Claimant(wanted_), now);
  }
}

}  // namespace bondd::daemon
