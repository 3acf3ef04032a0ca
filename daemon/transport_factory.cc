#include "daemon/transport_factory.h"

#include <utility>

#include "hci/h4_socket.h"
#include "hci/user_channel.h"

namespace bondd::daemon {

namespace {

template <typename T>
Result<std::unique_ptr<hci::Transport>> Upcast(
    Result<std::unique_ptr<T>> from) {
  if (!from) return std::unexpected(std::move(from.error()));
  return std::unique_ptr<hci::Transport>(std::move(*from));
}

}  // namespace

Result<std::unique_ptr<hci::Transport>> TransportFactory::Open(
    const config::AdapterSpec& spec, uint8_t sim_index, Time now) {
  switch (spec.kind) {
    case config::AdapterKind::kHci:
      return Upcast(hci::UserChannel::Open(spec.index));
    case config::AdapterKind::kUnixSocket:
    case config::AdapterKind::kTcpSocket:
      return Upcast(hci::H4Socket::Connect(spec.text));
    case config::AdapterKind::kSim:
      break;
  }
  sim::ControllerOptions options;
  options.public_address = SimAddress(sim_index);
  return std::unique_ptr<hci::Transport>(
      air_.AddController(std::move(options), now));
}

std::string TransportName(const config::AdapterSpec& spec) {
  switch (spec.kind) {
    case config::AdapterKind::kHci:
      return "user-channel";
    case config::AdapterKind::kUnixSocket:
      return "h4-unix";
    case config::AdapterKind::kTcpSocket:
      return "h4-tcp";
    case config::AdapterKind::kSim:
      break;
  }
  return "sim";
}

DeviceAddress SimAddress(uint8_t index) {
  return {.type = AddressType::kPublic,
          .octets = {index, 0x00, 0x00, 0xDD, 0xB0, 0x02}};
}

}  // namespace bondd::daemon
