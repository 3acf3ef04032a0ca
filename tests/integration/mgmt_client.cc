#include "tests/integration/mgmt_client.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace bondd::integration {
namespace {

constexpr size_t kHeaderSize = 6;

[[noreturn]] void Throw(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

MgmtClient::MgmtClient(Loop& loop, UniqueFd fd, bool stream)
    : loop_(loop), fd_(std::move(fd)), stream_(stream) {
  if (fcntl(fd_.get(), F_SETFL, O_NONBLOCK) < 0) Throw("fcntl");
  loop_.Add(*this);
}

MgmtClient::~MgmtClient() { loop_.Remove(*this); }

UniqueFd MgmtClient::OpenControlChannel() {
  UniqueFd fd(socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI));
  if (!fd) Throw("no Bluetooth socket");
  const sockaddr_hci address = {AF_BLUETOOTH, HCI_DEV_NONE,
                                HCI_CHANNEL_CONTROL};
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
           sizeof(address)) < 0) {
    Throw("no management channel");
  }
  return fd;
}

MgmtReply MgmtClient::Command(mgmt::Opcode opcode, uint16_t index,
                              ByteView parameters) {
  Send(opcode, index, parameters);
  loop_.RunUntil([&] { return ReplyTo(opcode).has_value(); });
  return ReplyTo(opcode).value_or(MgmtReply{});
}

void MgmtClient::Send(mgmt::Opcode opcode, uint16_t index,
                      ByteView parameters) {
  std::erase_if(pending_, [&](const Pending& p) { return p.opcode == opcode; });
  pending_.push_back({opcode, std::nullopt});
  const Bytes packet = Writer()
                           .U16(static_cast<uint16_t>(opcode))
                           .U16(index)
                           .U16(static_cast<uint16_t>(parameters.size()))
                           .Append(parameters)
                           .Finish();
  if (send(fd_.get(), packet.data(), packet.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(packet.size())) {
    Throw("management command");
  }
}

std::optional<MgmtReply> MgmtClient::ReplyTo(mgmt::Opcode opcode) const {
  const auto found = std::ranges::find(pending_, opcode, &Pending::opcode);
  return found == pending_.end() ? std::nullopt : found->reply;
}

std::vector<uint16_t> MgmtClient::Indexes() {
  const MgmtReply reply =
      Command(mgmt::Opcode::kReadIndexList, mgmt::kNoIndex, {});
  Reader reader(reply.parameters);
  std::vector<uint16_t> indexes(reader.U16());
  for (uint16_t& index : indexes) index = reader.U16();
  return indexes;
}

short MgmtClient::events() const { return POLLIN; }

void MgmtClient::Serve() {
  uint8_t buffer[4096];
  for (;;) {
    const ssize_t size = read(fd_.get(), buffer, sizeof(buffer));
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) Throw("management channel");
    if (size == 0) return;
    received_.insert(received_.end(), buffer, buffer + size);
    TakePackets();
    if (!stream_) received_.clear();
  }
}

void MgmtClient::TakePackets() {
  while (received_.size() >= kHeaderSize) {
    Reader reader(received_);
    const uint16_t code = reader.U16();
    const uint16_t index = reader.U16();
    const uint16_t size = reader.U16();
    if (reader.remaining() < size) return;
    const ByteView borrowed = reader.Take(size);
    const Bytes parameters(borrowed.begin(), borrowed.end());
    received_.erase(received_.begin(), received_.begin() + kHeaderSize + size);
    OnPacket(code, index, parameters);
  }
}

void MgmtClient::OnPacket(uint16_t code, uint16_t index, ByteView parameters) {
  const auto event = static_cast<mgmt::EventCode>(code);
  if (event != mgmt::EventCode::kCommandComplete &&
      event != mgmt::EventCode::kCommandStatus) {
    if (listener_) {
      listener_({event, index, Bytes(parameters.begin(), parameters.end())});
    }
    return;
  }
  Reader reader(parameters);
  const auto opcode = static_cast<mgmt::Opcode>(reader.U16());
  const auto status = static_cast<mgmt::Status>(reader.U8());
  const ByteView rest = reader.Rest();
  const auto found = std::ranges::find(pending_, opcode, &Pending::opcode);
  if (found != pending_.end() && !found->reply) {
    found->reply = MgmtReply{status, Bytes(rest.begin(), rest.end())};
  }
}

}  // namespace bondd::integration
