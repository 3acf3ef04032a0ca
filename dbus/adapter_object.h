// An object of org.bondd.Adapter1.

#ifndef BONDD_DBUS_ADAPTER_OBJECT_H_
#define BONDD_DBUS_ADAPTER_OBJECT_H_

#include <string>
#include <vector>

#include "dbus/adapter1_adaptor.h"
#include "dbus/handler.h"

namespace bondd::dbus {

// Stands in an ObjectSet of Service. Checks the arguments of each call and
// hands it to Operations; its properties are what was published last.
class AdapterObject final
    : public sdbus::AdaptorInterfaces<org::bondd::Adapter1_adaptor> {
 public:
  using Properties = AdapterProperties;

  // Both references are borrowed.
  AdapterObject(sdbus::IConnection& connection, HandlerContext& context,
                const AdapterProperties& properties);
  ~AdapterObject();

  // The names of the D-Bus properties that have changed.
  std::vector<std::string> Update(const AdapterProperties& properties);
  void EmitChanges(const std::vector<std::string>& names);
  void EmitAdded();
  void EmitRemoved();

 private:
  using Address2 = sdbus::Struct<std::string, std::string>;
  using Paths = std::vector<sdbus::ObjectPath>;

  void Connect(sdbus::Result<sdbus::ObjectPath>&& result, std::string address,
               std::string type, WireDictionary options) override;
  void InitiatePairing(sdbus::Result<WireDictionary>&& result,
                       std::string address, std::string type,
                       WireDictionary options) override;
  void AcceptPairing(const WireDictionary& options) override;
  void CancelAcceptPairing() override;

  void StartAdvertising(const WireDictionary& options) override;
  void StopAdvertising() override;
  void StartScan(const WireDictionary& options) override;
  void StopScan() override;
  std::vector<WireDictionary> GetScanResults() override;

  bool IsDeviceBonded(const std::string& address, const std::string& type,
                      const std::string& role) override;
  sdbus::ObjectPath FindBond(const std::string& address,
                             const std::string& type) override;
  std::vector<WireDictionary> ListBonds(const uint32_t& offset,
                                        const uint32_t& limit) override;
  void RemoveBonding(sdbus::Result<>&& result, std::string address,
                     std::string type) override;
  void RemoveAllBonds(sdbus::Result<uint32_t>&& result) override;

  void Trust(sdbus::Result<>&& result) override;

  WireDictionary GenerateOob(const WireDictionary& options) override;
  void ReleaseOob(const uint32_t& id) override;
  void SetRemoteOob(const std::string& address, const std::string& type,
                    const WireDictionary& data) override;
  void ClearRemoteOob(const std::string& address,
                      const std::string& type) override;

  void ExportBonds(sdbus::Result<>&& result, sdbus::UnixFd fd,
                   std::string format, WireDictionary options) override;
  void ImportBonds(sdbus::Result<Paths>&& result, sdbus::UnixFd fd,
                   std::string format, WireDictionary options) override;

  std::string Address() override;
  std::string AddressType() override;
  Address2 Identity() override;
  std::string Transport() override { return properties_.transport; }
  bool Powered() override { return properties_.powered; }
  bool Trusted() override { return properties_.trusted; }
  bool Pairable() override { return properties_.pairable; }
  void Pairable(const bool& value) override;
  WireDictionary PairingDefaults() override;
  void PairingDefaults(const WireDictionary& value) override;
  std::string Privacy() override { return properties_.privacy; }
  void Privacy(const std::string& value) override;
  bool Advertising() override { return properties_.advertising; }
  bool Scanning() override { return properties_.scanning; }
  bool Trace() override { return properties_.trace; }
  void Trace(const bool& value) override;
  WireDictionary RepeatedAttempts() override;
  void RepeatedAttempts(const WireDictionary& value) override;

  HandlerContext& context_;
  const std::string name_;
  AdapterProperties properties_;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_ADAPTER_OBJECT_H_
