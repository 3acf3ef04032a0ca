// Lets other host stacks attach to the air: each that connects to a unix
// socket has a controller of its own there, in H4.

#ifndef BONDD_SIM_H4_SERVER_H_
#define BONDD_SIM_H4_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/time_types.h"
#include "common/unique_fd.h"
#include "hci/h4.h"
#include "sim/air.h"

namespace bondd::sim {

// A host has come or gone.
struct H4Notice {
  bool attached;
  // Why it has gone: kClosed when it left, kCorrupt when what it sent was no
  // H4, kIo otherwise.
  Error reason = {};
};

// Listens on one socket for one host at a time, and carries packets between
// its stream and a fresh controller. The loop polls what Interests() says and
// calls Service(); the Air is the loop's to advance.
class H4Server {
 public:
  // What to poll a descriptor for.
  struct Interest {
    int fd;
    bool readable;
    bool writable;
  };

  // The socket is made with mode 0600. A socket at `path` that nobody listens
  // on is replaced; kBusy when somebody does, kInvalidArgument when something
  // else is there or the path is too long. The air must outlive the server.
  static Result<std::unique_ptr<H4Server>> Listen(Air& air, std::string path,
                                                  ControllerOptions options);
  H4Server(const H4Server&) = delete;
  H4Server& operator=(const H4Server&) = delete;
  // Removes the socket from its path.
  ~H4Server();

  // Empty while the system has no descriptor or memory for another host: the
  // one that waits is taken in later, see Deadline().
  std::vector<Interest> Interests() const;

  // When Service() wants to be called even if no descriptor is ready; nothing =
  // never.
  std::optional<Time> Deadline() const { return paused_until_; }

  // Takes in a host that waits, and carries packets both ways as far as that
  // goes without blocking. To be called when a descriptor is ready, at the
  // deadline and after each Air::Advance(). Returns what has happened; an error
  // is final.
  Result<std::vector<H4Notice>> Service(Time now);

  bool attached() const { return host_.has_value(); }

 private:
  struct Host {
    UniqueFd fd;
    std::unique_ptr<VirtualController> controller;
    hci::H4Framer framer{hci::H4Direction::kHostToController};
    // What is on its way to the host, of which `sent` octets are gone.
    Bytes outgoing = {};
    size_t sent = 0;
  };

  H4Server(Air& air, std::string path, ControllerOptions options,
           UniqueFd listener);

  Result<void> Accept(Time now);
  // An error ends the host's connection.
  Result<void> Receive();
  Result<void> Deliver();
  Result<void> Send();

  Air& air_;
  std::string path_;
  ControllerOptions options_;
  UniqueFd listener_;
  // Which socket at the path is ours to remove.
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::optional<Host> host_;
  // The socket stays readable while nobody can be taken in.
  std::optional<Time> paused_until_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_H4_SERVER_H_
