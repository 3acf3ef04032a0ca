// Making links as central.

#ifndef BONDD_HCI_INITIATOR_H_
#define BONDD_HCI_INITIATOR_H_

#include <deque>
#include <optional>
#include <vector>

#include "hci/command.h"
#include "hci/event_packet.h"
#include "hci/events.h"

namespace bondd::hci {

// How many attempts may wait.
inline constexpr size_t kMaxConnectAttempts = 16;

// The queue of connection attempts and the one LE Create Connection that may
// be under way. Radio owns it and decides when its commands may go out.
//
// An attempt can end while its Create Connection is under way: by its timeout,
// or because the owner no longer wants it. Then it is cancelled, and the
// Connection Complete event that ends every Create Connection is waited for.
// Should that bring a link after all, the owner gets it after a timeout (it was
// asked for), but not after Cancel(): then ConnectFailed was told already, and
// the link is to be disconnected.
class Initiator {
 public:
  // Where the attempts' ends go.
  explicit Initiator(std::vector<Event>& events) : events_(events) {}

  // `deadline` also counts while the attempt waits for its turn.
  void Connect(const DeviceAddress& peer, Time deadline);
  // Ends in ConnectFailed at once, if there is such an attempt.
  void Cancel(const DeviceAddress& peer);
  void CancelAll();

  // An attempt exists that is not about to be cancelled.
  bool wanted() const;
  // Create Connection is under way in the controller, or will be at once.
  bool on() const { return state_ != State::kIdle; }

  // The next command that ends what is under way, if it is to end: because its
  // attempt has, or (`pause`) to be begun anew later.
  std::optional<Command> Stop(bool pause);
  // Creates the connection that comes next; only while wanted and not on.
  Command Start(uint8_t own_address_type);

  // The answers to these commands. Of a refused Create Connection the attempt
  // fails, unless `again` says to keep it for another try.
  void OnCreateAnswer(uint8_t status, bool again);
  void OnCancelAnswer(Time now);

  // LE Connection Complete as central. False: nobody wants this link (any
  // more), disconnect it.
  [[nodiscard]] bool OnConnected();
  // LE Connection Complete that failed.
  void OnFailed(uint8_t status);

  std::optional<Time> Deadline() const;
  void OnDeadline(Time now);

 private:
  struct Attempt {
    DeviceAddress peer;
    Time deadline;
  };
  enum class State {
    kIdle,
    kCreating,    // the command's answer is awaited
    kInitiating,  // Connection Complete is awaited
    kCancelling,  // the cancel command's answer is awaited
    kCancelled,   // Connection Complete is awaited, for a limited time
  };
  // Why what is under way is to end, in ascending order of what counts.
  enum class End { kNone, kPause, kTimeout, kAbandoned };

  void Fail(const DeviceAddress& peer, ErrorCode code, std::string message);
  void Finish();

  std::vector<Event>& events_;
  std::deque<Attempt> waiting_;
  std::optional<Attempt> current_;  // under way; set unless kIdle
  State state_ = State::kIdle;
  End end_ = End::kNone;
  std::optional<Time> give_up_;  // in kCancelled
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_INITIATOR_H_
