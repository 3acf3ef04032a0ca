// The one event loop: sd-event for signals, the watchdog and polling, with
// what is polled told anew for each turn.

#ifndef BONDD_DAEMON_EVENT_LOOP_H_
#define BONDD_DAEMON_EVENT_LOOP_H_

#include <poll.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "common/error.h"
#include "common/time_types.h"

namespace bondd::daemon {

class EventLoop {
 public:
  // Takes over SIGINT and SIGTERM of the process.
  static Result<std::unique_ptr<EventLoop>> Create();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  static Time Now();

  // Waits until a descriptor is ready, `deadline` has come or a signal arrives.
  Result<void> Wait(const std::vector<pollfd>& interests,
                    std::optional<Time> deadline);

  // SIGINT or SIGTERM has come.
  bool stop_requested() const { return stop_; }

 private:
  struct Unref {
    void operator()(sd_event* event) const { sd_event_unref(event); }
    void operator()(sd_event_source* source) const {
      sd_event_source_unref(source);
    }
  };
  // Which open file a descriptor stands for: its number alone is used again
  // as soon as it is closed.
  struct FileId {
    dev_t device;
    ino_t inode;
    bool operator==(const FileId&) const = default;
  };
  struct Source {
    std::unique_ptr<sd_event_source, Unref> handle;
    FileId file = {};
    short events = 0;
    bool wanted = false;
  };

  EventLoop() = default;
  static Result<FileId> FileOf(int fd);
  Result<void> Update(const std::vector<pollfd>& interests);
  Result<void> UpdateSource(Source& source, const pollfd& interest);

  std::unique_ptr<sd_event, Unref> event_;
  std::map<int, Source> sources_;
  bool stop_ = false;
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_EVENT_LOOP_H_
