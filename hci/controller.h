// The host's side of one LE controller: start-up, commands and their credits,
// ACL data and its credits, links, L2CAP fixed channels, advertising,
// scanning, connecting and encryption.
//
// It stands between a Transport, which it reads and writes, and its owner,
// which calls it and then takes the events that came of it. It never calls
// back and reads no clock.

#ifndef BONDD_HCI_CONTROLLER_H_
#define BONDD_HCI_CONTROLLER_H_

#include <memory>
#include <optional>
#include <vector>

#include "common/time_types.h"
#include "hci/events.h"
#include "hci/transport.h"

namespace bondd::hci {

struct AdvertisingParameters {
  bool connectable = true;
  Duration interval = std::chrono::milliseconds(100);  // 20 ms .. 10.24 s
  // At most 31 octets each, already in AD structures.
  Bytes data;
  Bytes scan_response;
};

struct ScanParameters {
  bool active = false;
  Duration interval = std::chrono::milliseconds(60);
  Duration window = std::chrono::milliseconds(60);
};

class Controller {
 public:
  // The transport is borrowed and must outlive the controller.
  explicit Controller(Transport& transport);
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;
  ~Controller();

  // Begins start-up; ends in Ready or Lost.
  void Start(Time now);

  // Reads what the transport has (a bounded amount of it) and acts on it.
  // Returns true when more may be waiting.
  bool OnReadable(Time now);

  // When OnDeadline wants to be called; nothing = never.
  std::optional<Time> Deadline() const;
  void OnDeadline(Time now);

  // What has happened since the last call, in order.
  std::vector<Event> TakeEvents();

  // The static random or private address used as own address from here on, in
  // place of the public one. Deferred while advertising, scanning or
  // initiating (those are paused for it).
  void SetRandomAddress(const DeviceAddress& address, Time now);

  // The desired state; the controller is brought there as its supported states
  // allow, and brought back there after a link came up. kInvalidArgument on
  // parameters out of range, with nothing done.
  Result<void> StartAdvertising(AdvertisingParameters parameters, Time now);
  void StopAdvertising(Time now);
  Result<void> StartScan(ScanParameters parameters, Time now);
  void StopScan(Time now);

  // Ends in LinkUp or ConnectFailed. Attempts are queued: LE knows one
  // LE Create Connection at a time.
  void Connect(const DeviceAddress& peer, Duration timeout, Time now);
  // Ends in ConnectFailed, unless the link came up in the meantime.
  void CancelConnect(const DeviceAddress& peer, Time now);

  // On a link that is gone the following do nothing.
  void Disconnect(LinkId link, uint8_t reason, Time now);
  void SendSmp(LinkId link, ByteView pdu, Time now);
  // LE Enable Encryption; ends in EncryptionChanged or LinkDown.
  void EnableEncryption(LinkId link, uint64_t rand, uint16_t ediv,
                        const LinkKey128& key, Time now);
  // Nothing = the negative reply.
  void AnswerLongTermKeyRequest(LinkId link,
                                const std::optional<LinkKey128>& key, Time now);

  // Disconnects all links, stops advertising and scanning and resets the
  // controller, without waiting for answers: the last thing before the
  // transport is closed.
  void Shutdown(Time now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_CONTROLLER_H_
