// What stands between bondd and a controller, and can do to both what cables
// and controllers do.

#ifndef BONDD_TESTS_API_RELAY_H_
#define BONDD_TESTS_API_RELAY_H_

#include <filesystem>
#include <functional>

#include "common/unique_fd.h"
#include "hci/h4.h"
#include "tests/integration/loop.h"

namespace bondd::api::test {

// Takes one connection, makes one to the controller's socket, and hands on
// H4 packets between the two, each of which the hook may change or swallow.
class Relay : private integration::Source {
 public:
  // True: the packet goes on, as it is then.
  using Hook = std::function<bool(hci::H4Direction, hci::Packet&)>;

  Relay(integration::Loop& loop, std::filesystem::path listen,
        std::filesystem::path controller, Hook hook);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay() override;

  // From the next packet on.
  void set_hook(Hook hook) { hook_ = std::move(hook); }
  // The controller is gone, and does not come back.
  void Unplug();

 private:
  int fd() const override { return epoll_.get(); }
  short events() const override;
  void Serve() override;

  void Take();
  // False at the end of the stream.
  bool Carry(int from, int to, hci::H4Framer& framer,
             hci::H4Direction direction);

  integration::Loop& loop_;
  std::filesystem::path controller_path_;
  Hook hook_;
  UniqueFd epoll_;
  UniqueFd listener_;
  UniqueFd host_;
  UniqueFd controller_;
  hci::H4Framer from_host_{hci::H4Direction::kHostToController};
  hci::H4Framer from_controller_{hci::H4Direction::kControllerToHost};
};

}  // namespace bondd::api::test

#endif  // BONDD_TESTS_API_RELAY_H_
