#include "tests/daemon/peer.h"

#include <poll.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "smp/crypto.h"

namespace bondd::daemon::test {

namespace {

using smp::test::SmpEnd;

constexpr uint64_t kSeed = 7;

Time Now() {
  return std::chrono::time_point_cast<Duration>(
      std::chrono::steady_clock::now());
}

// The one that SmpEnd gives itself.
smp::Irk OwnIrk() {
  return SmpEnd({}, Peer::Identity(), kSeed).identity.irk.Clone();
}

}  // namespace

Peer::Peer(integration::Loop& loop, const std::filesystem::path& socket)
    : loop_(loop) {
  auto transport = hci::H4Socket::Connect("unix:" + socket.native());
  if (!transport) throw std::runtime_error(transport.error().message);
  transport_ = std::move(*transport);
  controller_ = std::make_unique<hci::Controller>(*transport_);
  controller_->Start(Now());
  loop_.Add(*this);
}

Peer::~Peer() { loop_.Remove(*this); }

DeviceAddress Peer::Identity() {
  return *DeviceAddress::Parse("C7:00:00:00:00:01", AddressType::kRandom);
}

DeviceAddress Peer::PrivateAddress(uint8_t number) {
  // [Vol 6, Part B] 1.3.2.2: hash, then prand, whose top bits are 01.
  const std::array<uint8_t, 3> prand = {number, 0x5A, 0x41};
  const auto hash = smp::ah(OwnIrk(), prand);
  DeviceAddress address{.type = AddressType::kRandom, .octets = {}};
  std::ranges::copy(hash, address.octets.begin());
  std::ranges::copy(prand, address.octets.begin() + hash.size());
  return address;
}

void Peer::Advertise(const DeviceAddress& address) {
  controller_->SetRandomAddress(address, Now());
  hci::AdvertisingParameters advertising;
  advertising.interval = std::chrono::milliseconds(20);
  if (!controller_->StartAdvertising(advertising, Now())) {
    throw std::runtime_error("the peer can't advertise");
  }
  Serve();
}

void Peer::Connect(const DeviceAddress& address, const DeviceAddress& own) {
  controller_->SetRandomAddress(own, Now());
  controller_->Connect(address, std::chrono::seconds(20), Now());
  Serve();
}

void Peer::Disconnect() {
  constexpr uint8_t kRemoteUserTerminated = 0x13;
  controller_->StopAdvertising(Now());
  if (link_) controller_->Disconnect(*link_, kRemoteUserTerminated, Now());
  Serve();
}

void Peer::Give(smp::Input input) {
  end_->now = Now();
  end_->Give(std::move(input));
  Carry();
  Serve();
}

const smp::BondData* Peer::bond() const {
  const auto& bonds = end_ ? end_->bonds : bonds_;
  return bonds.FindBond(peer_);
}

size_t Peer::received(smp::Code code) const {
  return static_cast<size_t>(
      std::ranges::count(codes_, static_cast<uint8_t>(code)));
}

void Peer::SendSmp(ByteView pdu) {
  controller_->SendSmp(*link_, pdu, Now());
  Serve();
}

void Peer::SendAtt(ByteView pdu) {
  // [Vol 4, Part E] 5.4.2, [Vol 3, Part A] 3.1
  constexpr uint16_t kAttChannel = 4;
  const Bytes frame = Writer()
                          .U16(static_cast<uint16_t>(pdu.size()))
                          .U16(kAttChannel)
                          .Append(pdu)
                          .Finish();
  const Bytes packet = Writer()
                           .U16(handle_)
                           .U16(static_cast<uint16_t>(frame.size()))
                           .Append(frame)
                           .Finish();
  if (!transport_->Write(hci::PacketType::kAclData, packet)) {
    throw std::runtime_error("the peer can't write");
  }
}

short Peer::events() const {
  return static_cast<short>(transport_->WantsWrite() ? POLLIN | POLLOUT
                                                     : POLLIN);
}

void Peer::Serve() {
  if (transport_->WantsWrite()) static_cast<void>(transport_->Flush());
  while (controller_->OnReadable(Now())) {
  }
  if (const auto due = controller_->Deadline(); due && Now() >= *due) {
    controller_->OnDeadline(Now());
  }
  for (const hci::Event& event : controller_->TakeEvents()) On(event);
}

void Peer::On(const hci::Event& event) {
  if (std::holds_alternative<hci::Ready>(event)) {
    ready_ = true;
  } else if (const auto* up = std::get_if<hci::LinkUp>(&event)) {
    const bool central = up->role == hci::Role::kCentral;
    link_ = up->link;
    handle_ = up->handle;
    peer_ = up->peer;
    end_ = std::make_unique<SmpEnd>(
        smp::LinkInfo{
            .role = central ? smp::Role::kInitiator : smp::Role::kResponder,
            .local = up->local,
            .peer = up->peer},
        Identity(), kSeed);
    end_->bonds = std::move(bonds_);
    end_->user.parameters = parameters.Clone();
    end_->user.covers_bond = true;
  } else if (!end_) {
    // Of a link that is gone.
  } else if (std::holds_alternative<hci::LinkDown>(event)) {
    bonds_ = std::move(end_->bonds);
    end_.reset();
    link_.reset();
  } else if (const auto* pdu = std::get_if<hci::SmpPduReceived>(&event)) {
    codes_.push_back(pdu->pdu.front());
    Give(smp::PduReceived{pdu->pdu});
  } else if (const auto* sent = std::get_if<hci::SmpPdusAcknowledged>(&event)) {
    Give(smp::PdusAcknowledged{sent->count});
  } else if (const auto* key = std::get_if<hci::LongTermKeyRequested>(&event)) {
    Give(smp::LongTermKeyRequest{key->rand, key->ediv});
  } else if (const auto* on = std::get_if<hci::EncryptionChanged>(&event)) {
    Give(smp::EncryptionChange{on->status, on->encrypted});
  }
}

void Peer::Carry() {
  const auto key_of = [](const smp::Ltk& ltk) {
    return hci::LinkKey128(ltk.Reveal());
  };
  while (!end_->to_link.empty()) {
    const smp::Output output = std::move(end_->to_link.front());
    end_->to_link.pop_front();
    if (const auto* pdu = std::get_if<smp::SendPdu>(&output)) {
      controller_->SendSmp(*link_, pdu->pdu, Now());
    } else if (const auto* start = std::get_if<smp::StartEncryption>(&output)) {
      controller_->EnableEncryption(*link_, start->key.rand, start->key.ediv,
                                    key_of(start->key.ltk), Now());
    } else if (const auto* answer =
                   std::get_if<smp::AnswerLongTermKeyRequest>(&output)) {
      std::optional<hci::LinkKey128> key;
      if (answer->key) key = key_of(*answer->key);
      controller_->AnswerLongTermKeyRequest(*link_, key, Now());
    } else if (const auto* bye = std::get_if<smp::Disconnect>(&output)) {
      controller_->Disconnect(*link_, bye->reason, Now());
    }
  }
}

}  // namespace bondd::daemon::test
