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
#include "hci/radio_parameters.h"
#include "hci/transport.h"

namespace bondd::hci {

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
  // initiating (those are paused for it). Must be of the random type.
  void SetRandomAddress(const DeviceAddress& address, Time now);

  // The desired state; the controller is brought there as its supported states
  // allow, and brought back there after a link came up. kInvalidArgument on
  // parameters out of range or while there is no address, kNotSupported,
  // kClosed before Ready and after Lost: all with nothing done. Ends by itself
  // only with AdvertisingStopped or ScanStopped.
  Result<void> StartAdvertising(AdvertisingParameters parameters, Time now);
  void StopAdvertising(Time now);
  Result<void> StartScan(ScanParameters parameters, Time now);
  void StopScan(Time now);

  // Ends in LinkUp or ConnectFailed. Attempts are queued: LE knows one
  // LE Create Connection at a time. The timeout runs from now. A link that
  // comes up in spite of it, while the attempt is being cancelled, is reported
  // as LinkUp: it was asked for.
  void Connect(const DeviceAddress& peer, Duration timeout, Time now);
  // Ends in ConnectFailed at once, unless LinkUp was told already. A link that
  // comes up in spite of it is disconnected and never heard of.
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
  // controller: the last thing before the transport is closed. Ends in
  // Lost{kClosed} when the controller has done it, Lost{kTimedOut} after 3 s
  // at the latest. An owner in a hurry closes the transport at once; then the
  // peers notice by their supervision timeout.
  void Shutdown(Time now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_CONTROLLER_H_
