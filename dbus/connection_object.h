// An object of org.bondd.Connection1.

#ifndef BONDD_DBUS_CONNECTION_OBJECT_H_
#define BONDD_DBUS_CONNECTION_OBJECT_H_

#include <string>
#include <vector>

#include "dbus/connection1_adaptor.h"
#include "dbus/handler.h"

namespace bondd::dbus {

// Stands in an ObjectSet of Service while the link does. Checks the arguments
// of each call and hands it to Operations; its properties are what was
// published last.
class ConnectionObject final
    : public sdbus::AdaptorInterfaces<org::bondd::Connection1_adaptor> {
 public:
  using Properties = ConnectionProperties;

  // Both references are borrowed.
  ConnectionObject(sdbus::IConnection& connection, HandlerContext& context,
                   const ConnectionProperties& properties);
  ~ConnectionObject();

  // The names of the D-Bus properties that have changed.
  std::vector<std::string> Update(const ConnectionProperties& properties);
  void EmitChanges(const std::vector<std::string>& names);
  void EmitAdded();
  void EmitRemoved();

  std::string path() const;

 private:
  void InitiatePairing(sdbus::Result<WireDictionary>&& result,
                       WireDictionary options) override;
  void SendSecurityRequest(sdbus::Result<WireDictionary>&& result,
                           WireDictionary options) override;
  void AcceptPairing(const WireDictionary& options) override;
  void InitiateEncryption(sdbus::Result<WireDictionary>&& result,
                          WireDictionary options) override;
  void SetPasskey(const uint32_t& passkey) override;
  void PasskeyNegativeReply() override;
  void ConfirmNumber(const bool& equal) override;
  void AcceptRequest(const WireDictionary& options) override;
  void RejectRequest(const uint8_t& reason) override;
  void SetOob(const WireOctets& confirm, const WireOctets& random) override;
  void SetOobLegacy(const WireOctets& tk) override;
  WireDictionary GetPrompt() override;
  void SendKeypress(const std::string& type) override;
  void CancelPairing() override;
  void Disconnect(sdbus::Result<>&& result) override;

  uint16_t Handle() override { return properties_.handle; }
  std::string Role() override;
  std::string OnAirAddress() override;
  std::string OnAirAddressType() override;
  sdbus::Struct<std::string, std::string> Peer() override;
  sdbus::ObjectPath Bond() override;
  bool Encrypted() override { return properties_.encrypted; }
  bool Authenticated() override;
  bool SecureConnections() override;
  uint8_t KeySize() override;
  uint8_t SecurityLevel() override;
  std::string PairingState() override { return properties_.pairing_state; }
  std::string Prompt() override { return properties_.prompt; }
  WireDictionary LastPairing() override;

  HandlerContext& context_;
  const ConnectionRef ref_;
  ConnectionProperties properties_;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_CONNECTION_OBJECT_H_
