// Another host on bondd's simulated air: bondd's own stack, driven by a test.

#ifndef BONDD_TESTS_DAEMON_PEER_H_
#define BONDD_TESTS_DAEMON_PEER_H_

#include <filesystem>
#include <memory>
#include <optional>

#include "hci/controller.h"
#include "hci/h4_socket.h"
#include "tests/integration/loop.h"
#include "tests/support/smp_end.h"

namespace bondd::daemon::test {

// Has one link at a time, and keeps its bonds from one to the next. Whatever
// its user is asked it agrees to.
class Peer : private integration::Source {
 public:
  // On the controller that bondd offers there by --sim-listen.
  Peer(integration::Loop& loop, const std::filesystem::path& socket);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() override;

  // Its identity address: static random.
  static DeviceAddress Identity();
  // A resolvable private address of its own, another one for each `number`.
  static DeviceAddress PrivateAddress(uint8_t number);

  bool ready() const { return ready_; }
  // Advertises under this random address.
  void Advertise(const DeviceAddress& address);
  // As central, under this random address of its own.
  void Connect(const DeviceAddress& address,
               const DeviceAddress& own = Identity());
  void Disconnect();

  bool linked() const { return end_ != nullptr; }
  // The link's Security Manager, its user and its bonds; while linked.
  smp::test::SmpEnd& end() { return *end_; }
  void Give(smp::Input input);
  // The bond with the peer of the link; nullptr = none.
  const smp::BondData* bond() const;
  // How many SMP PDUs of this kind have come.
  size_t received(smp::Code code) const;
  // A whole SMP PDU, past the Security Manager.
  void SendSmp(ByteView pdu);
  // A whole ATT PDU.
  void SendAtt(ByteView pdu);

  // Of the pairings it starts or agrees to.
  smp::PairingParameters parameters;

 private:
  int fd() const override { return transport_->fd(); }
  short events() const override;
  void Serve() override;

  void On(const hci::Event& event);
  void Carry();

  integration::Loop& loop_;
  std::unique_ptr<hci::H4Socket> transport_;
  std::unique_ptr<hci::Controller> controller_;
  bool ready_ = false;
  std::optional<hci::LinkId> link_;
  uint16_t handle_ = 0;
  DeviceAddress peer_;
  std::unique_ptr<smp::test::SmpEnd> end_;
  smp::test::BondsInMemory bonds_;
  std::vector<uint8_t> codes_;
};

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_PEER_H_
