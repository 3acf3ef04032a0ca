#include "tests/dbus/contract.h"

#include <map>
#include <regex>

namespace bondd::dbus::test {

namespace {

using Members = std::set<std::string>;

const Members kManager = {
    "method Predict(a{sv}a{sv}) a{sv}",
    "property Version s read",
    "property Adapters ao read",
    "property StoreNotices as read",
};

const Members kAgentManager = {
    "method RegisterAgent(osa{sv})",
    "method UnregisterAgent(o)",
    "method RequestDefaultAgent(o)",
};

const Members kAgent = {
    "method RequestAuthorization(oa{sv})",
    "method RequestPasskey(oa{sv}) u",
    "method DisplayPasskey(ouq)",
    "method RequestConfirmation(oua{sv})",
    "method RequestOob(os) a{sv}",
    "method Cancel(os)",
    "method Release()",
};

const Members kAdapter = {
    "property Address s read",
    "property AddressType s read",
    "property Identity (ss) read",
    "property Transport s read",
    "property Powered b read",
    "property Trusted b read",
    "property Pairable b readwrite",
    "property PairingDefaults a{sv} readwrite",
    "property Privacy s readwrite",
    "property Advertising b read",
    "property Scanning b read",
    "property Trace b readwrite",
    "property RepeatedAttempts a{sv} readwrite",
    "method Connect(ssa{sv}) o",
    "method InitiatePairing(ssa{sv}) a{sv}",
    "method AcceptPairing(a{sv})",
    "method CancelAcceptPairing()",
    "method StartAdvertising(a{sv})",
    "method StopAdvertising()",
    "method StartScan(a{sv})",
    "method StopScan()",
    "method GetScanResults() aa{sv}",
    "signal DeviceFound(a{sv})",
    "method IsDeviceBonded(sss) b",
    "method FindBond(ss) o",
    "method ListBonds(uu) aa{sv}",
    "method RemoveBonding(ss)",
    "method RemoveAllBonds() u",
    "method Trust()",
    "method GenerateOob(a{sv}) a{sv}",
    "method ReleaseOob(u)",
    "method SetRemoteOob(ssa{sv})",
    "method ClearRemoteOob(ss)",
    "method ExportBonds(hsa{sv})",
    "method ImportBonds(hsa{sv}) ao",
};

const Members kConnection = {
    "property Handle q read",
    "property Role s read",
    "property OnAirAddress s read",
    "property OnAirAddressType s read",
    "property Peer (ss) read",
    "property Bond o read",
    "property Encrypted b read",
    "property Authenticated b read",
    "property SecureConnections b read",
    "property KeySize y read",
    "property SecurityLevel y read",
    "property PairingState s read",
    "property Prompt s read",
    "property LastPairing a{sv} read",
    "method InitiatePairing(a{sv}) a{sv}",
    "method SendSecurityRequest(a{sv}) a{sv}",
    "method AcceptPairing(a{sv})",
    "method InitiateEncryption(a{sv}) a{sv}",
    "method SetPasskey(u)",
    "method ConfirmNumber(b)",
    "method AcceptRequest(a{sv})",
    "method RejectRequest(y)",
    "method SetOob(ayay)",
    "method SetOobLegacy(ay)",
    "method PasskeyNegativeReply()",
    "method GetPrompt() a{sv}",
    "method SendKeypress(s)",
    "method CancelPairing()",
    "method Disconnect()",
    "signal PairingRequested(a{sv})",
    "signal SecurityRequested(a{sv})",
    "signal Keypress(s)",
    "signal KeysReceived(asas)",
    "signal PairingCompleted(a{sv})",
    "signal Disconnected(y)",
    "signal PduTraced(sst)",
};

const Members kBond = {
    "property Identity (ss) read",   "property Adapter o read",
    "property Name s readwrite",     "property Role s read",
    "property Created t read",       "property LastUsed t read",
    "property Authenticated b read", "property SecureConnections b read",
    "property KeySize y read",       "property Method s read",
    "property Keys as read",         "property Debug b read",
    "property PeerLostKeys b read",  "method Remove()",
};

// The value of an attribute within a tag; empty when it has none.
std::string Attribute(const std::string& tag, const std::string& name) {
  std::smatch match;
  const std::regex pattern("\\s" + name + "=\"([^\"]*)\"");
  return std::regex_search(tag, match, pattern) ? match[1].str() : "";
}

// What one method, signal or property is like, put together tag by tag.
class Member {
 public:
  void Start(const std::string& kind, const std::string& tag) {
    kind_ = kind;
    name_ = Attribute(tag, "name");
    in_.clear();
    out_.clear();
  }
  void Argument(const std::string& tag) {
    const bool is_out = Attribute(tag, "direction") == "out";
    (is_out && kind_ == "method" ? out_ : in_) += Attribute(tag, "type");
  }
  std::string Text() const {
    return kind_ + " " + name_ + "(" + in_ + ")" +
           (out_.empty() ? "" : " " + out_);
  }

 private:
  std::string kind_, name_, in_, out_;
};

}  // namespace

const std::set<std::string>& ContractOf(const std::string& interface) {
  static const std::map<std::string, const Members*> kAll = {
      {"Manager1", &kManager},       {"AgentManager1", &kAgentManager},
      {"Agent1", &kAgent},           {"Adapter1", &kAdapter},
      {"Connection1", &kConnection}, {"Bond1", &kBond},
  };
  return *kAll.at(interface);
}

std::set<std::string> MembersIn(const std::string& xml,
                                const std::string& interface) {
  const std::string plain =
      std::regex_replace(xml, std::regex("<!--[\\s\\S]*?-->"), "");
  const size_t start =
      plain.find("<interface name=\"org.bondd." + interface + "\"");
  if (start == std::string::npos) return {};
  const std::string body =
      plain.substr(start, plain.find("</interface>", start) - start);
  const std::regex tags("<(/?)(method|signal|property|arg)\\b([^>]*)>");
  Members members;
  Member member;
  for (std::sregex_iterator tag(body.begin(), body.end(), tags), end;
       tag != end; ++tag) {
    const std::string kind = (*tag)[2];
    const std::string rest = (*tag)[3];
    const bool closes = (*tag)[1] == "/";
    if (kind == "property" && !closes) {
      members.insert("property " + Attribute(rest, "name") + " " +
                     Attribute(rest, "type") + " " + Attribute(rest, "access"));
    } else if (kind == "arg") {
      member.Argument(rest);
    } else if (kind == "method" || kind == "signal") {
      if (!closes) member.Start(kind, rest);
      if (closes || rest.ends_with("/")) members.insert(member.Text());
    }
  }
  return members;
}

}  // namespace bondd::dbus::test
