#include "daemon/oob_book.h"

#include <utility>

#include "common/bytes.h"
#include "smp/crypto.h"
#include "smp/phase.h"

namespace bondd::daemon {

namespace {

using smp::OobOption;
using smp::SecureConnectionsOption;

// Assigned Numbers, 2.3
enum AdType : uint8_t {
  kSecurityManagerTk = 0x10,
  kLeDeviceAddress = 0x1B,
  kLeRole = 0x1C,
  kLeScConfirm = 0x22,
  kLeScRandom = 0x23,
};
// [Core Specification Supplement, Part A] 1.17: both roles, peripheral
// preferred, as whoever reads the data is the one that will connect.
constexpr uint8_t kBothRolesPeripheralPreferred = 0x02;
// Five structures, none longer than a value of 16 octets.
constexpr size_t kMostOfAd = 5 * (2 + 16);

void AddStructure(AdType type, ByteView value, Bytes& ad) {
  ad.push_back(static_cast<uint8_t>(value.size() + 1));
  ad.push_back(type);
  ad.insert(ad.end(), value.begin(), value.end());
}

// [Core Specification Supplement, Part A] 1.16: the address's least
// significant octet first, then its type in bit 0.
void AddAddress(const DeviceAddress& address, Bytes& ad) {
  Bytes value(address.octets.begin(), address.octets.end());
  value.push_back(address.type == AddressType::kRandom ? 1 : 0);
  AddStructure(kLeDeviceAddress, value, ad);
}

template <typename SecretType>
Bytes OctetsOf(const SecretType& secret) {
  const auto octets = secret.Reveal();
  return Bytes(octets.begin(), octets.end());
}

bool MayTouch(const dbus::Caller& caller, uid_t owner) {
  return caller.uid == 0 || caller.uid == owner;
}

std::unexpected<dbus::ApiError> NotTheOwner() {
  return dbus::ApiFail("NotAuthorized", "this data is another user's");
}

// Which kinds of pairing the occasion leaves open.
bool MayBeLegacy(const OobBook::Occasion& occasion,
                 SecureConnectionsOption ours) {
  if (ours == SecureConnectionsOption::kOnly) return false;
  return ours == SecureConnectionsOption::kOff || !occasion.request ||
         !occasion.request->auth_req.secure_connections;
}
bool MayBeSecureConnections(const OobBook::Occasion& occasion,
                            SecureConnectionsOption ours) {
  return ours != SecureConnectionsOption::kOff &&
         (!occasion.request || occasion.request->auth_req.secure_connections);
}

// The OOB flag of a Pairing Request or Response. [Vol 3, Part H] 3.5.1
bool HasOobFlag(const std::optional<smp::PairingOctets>& pdu) {
  constexpr size_t kOobFlag = 2;
  return pdu && (*pdu)[kOobFlag] == 1;
}

}  // namespace

dbus::ApiResult<dbus::Dictionary> OobBook::Generate(
    const dbus::Caller& caller, const dbus::GenerateOobOptions& options,
    const DeviceAddress& identity, smp::RandomSource& random,
    smp::KeyPairSource& key_pairs, Time now) {
  Expire(now);
  if (own_.size() >= kMaxOwn) {
    return dbus::ApiFail("Busy", "too much OOB data is held; release some");
  }
  auto pair = key_pairs.Take();
  auto r = smp::Generate<smp::Nonce>(random);
  auto tk = smp::Generate<smp::Tk>(random);
  if (!pair || !r || !tk) {
    return dbus::ApiFail("NotReady", "no randomness is to be had");
  }
  // [Vol 3, Part H] 2.3.5.6.4
  const auto& x = pair->public_key().x();
  const smp::ConfirmValue confirm = smp::f4(x, x, *r, 0);
  smp::ForgetKeys();
  // Whoever takes what is returned wipes it: no copies, and no memory that is
  // left for a larger piece.
  Bytes ad;
  ad.reserve(kMostOfAd);
  AddAddress(identity, ad);
  AddStructure(kLeRole, Bytes{kBothRolesPeripheralPreferred}, ad);
  dbus::Dictionary out;
  out.emplace_back("Confirm", OctetsOf(confirm));
  out.emplace_back("Random", OctetsOf(*r));
  if (options.legacy) {
    out.emplace_back("Tk", OctetsOf(*tk));
    AddStructure(kSecurityManagerTk, tk->Reveal(), ad);
  } else {
    tk.reset();
  }
  AddStructure(kLeScConfirm, confirm.Reveal(), ad);
  AddStructure(kLeScRandom, r->Reveal(), ad);
  const uint32_t id = ++last_id_;
  own_.emplace(id, Own{caller.uid,
                       {std::move(*pair), std::move(*r)},
                       std::move(tk),
                       now + options.lifetime,
                       std::nullopt});
  out.emplace_back("Ad", std::move(ad));
  out.emplace_back("Id", id);
  return out;
}

dbus::ApiResult<void> OobBook::Release(const dbus::Caller& caller,
                                       uint32_t id) {
  const auto own = own_.find(id);
  if (own == own_.end()) {
    return dbus::ApiFail("DoesNotExist", "id: no such OOB data");
  }
  if (!MayTouch(caller, own->second.owner)) return NotTheOwner();
  own_.erase(own);
  return {};
}

dbus::ApiResult<void> OobBook::SetRemote(const dbus::Caller& caller,
                                         const DeviceAddress& peer,
                                         dbus::OobData data) {
  const auto known = remote_.find(peer);
  if (known == remote_.end()) {
    if (remote_.size() >= kMaxRemote) {
      return dbus::ApiFail("Busy", "too much OOB data is held; clear some");
    }
  } else if (!MayTouch(caller, known->second.owner)) {
    return NotTheOwner();
  }
  remote_.insert_or_assign(peer, Remote{caller.uid, std::move(data)});
  return {};
}

dbus::ApiResult<void> OobBook::ClearRemote(const dbus::Caller& caller,
                                           const DeviceAddress& peer) {
  const auto known = remote_.find(peer);
  if (known == remote_.end()) {
    return dbus::ApiFail("DoesNotExist", "no OOB data of that peer");
  }
  if (!MayTouch(caller, known->second.owner)) return NotTheOwner();
  remote_.erase(known);
  return {};
}

dbus::ApiResult<std::optional<smp::LocalOobData>> OobBook::Lend(
    Borrower borrower, const Occasion& occasion, smp::PairingOptions& options,
    Time now) {
  Expire(now);
  GiveBack(borrower, nullptr);
  const auto ours =
      options.secure_connections.value_or(SecureConnectionsOption::kOn);
  const bool named = options.oob_id.has_value();
  const auto chosen = Choose(borrower, occasion, options.oob_id, now);
  if (!chosen) return std::unexpected(chosen.error());
  Loan loan;
  LendRemote(occasion, options, loan);
  std::optional<smp::LocalOobData> lent;
  if (*chosen) {
    Own& own = own_.at(**chosen);
    // Who begins has to know that the peer has the TK, as it can't see the
    // peer's flag before it sets its own.
    loan.own_tk =
        own.tk && !options.oob_legacy_tk && options.oob != OobOption::kNo &&
        (occasion.request || named) && !MayBeSecureConnections(occasion, ours);
    if (loan.own_tk) options.oob_legacy_tk = own.tk->Clone();
    if (loan.own_tk || MayBeSecureConnections(occasion, ours)) {
      own.lent_to = borrower;
      loan.own = options.oob_id = **chosen;
      lent = own.data.Clone();
    }
  }
  loans_.insert_or_assign(borrower, loan);
  return lent;
}

dbus::ApiResult<std::optional<uint32_t>> OobBook::Choose(
    Borrower borrower, const Occasion& occasion, std::optional<uint32_t> wanted,
    Time now) const {
  // The peer has nothing of ours.
  if (occasion.request && !occasion.request->oob) return std::nullopt;
  const auto free = [&](const Own& own) {
    return now < own.until && (!own.lent_to || *own.lent_to == borrower);
  };
  if (wanted) {
    const auto own = own_.find(*wanted);
    if (own != own_.end() && free(own->second)) return *wanted;
    // To a peer that has begun, its absence is reason 0x02.
    if (occasion.request) return std::nullopt;
    if (own == own_.end()) {
      return dbus::ApiFail("DoesNotExist", "OobId: no such OOB data");
    }
    return dbus::ApiFail("Busy", "OobId: another pairing uses that OOB data");
  }
  for (auto own = own_.rbegin(); own != own_.rend(); ++own) {
    if (free(own->second)) return own->first;
  }
  return std::nullopt;
}

void OobBook::LendRemote(const Occasion& occasion, smp::PairingOptions& options,
                         Loan& loan) const {
  const Remote* remote = FindRemote(occasion);
  if (remote == nullptr || options.oob == OobOption::kNo) return;
  const auto ours =
      options.secure_connections.value_or(SecureConnectionsOption::kOn);
  const dbus::OobData& data = remote->data;
  if (data.sc && !options.oob_peer && MayBeSecureConnections(occasion, ours)) {
    options.oob_peer = data.sc->Clone();
    loan.remote = occasion.on_air;
  }
  if (data.tk && !options.oob_legacy_tk && MayBeLegacy(occasion, ours)) {
    options.oob_legacy_tk = data.tk->Clone();
    loan.remote = occasion.on_air;
  }
  if (loan.remote && !remote_.contains(*loan.remote)) {
    loan.remote = occasion.identity;
  }
}

const OobBook::Remote* OobBook::FindRemote(const Occasion& occasion) const {
  auto known = remote_.find(occasion.on_air);
  if (known == remote_.end()) known = remote_.find(occasion.identity);
  return known == remote_.end() ? nullptr : &known->second;
}

void OobBook::GiveBack(Borrower borrower, const smp::PairingReport* report) {
  const auto node = loans_.extract(borrower);
  if (node.empty()) return;
  const Loan& loan = node.mapped();
  // From the second phase on something of it has been on the air.
  const bool began =
      report != nullptr && report->model == smp::AssociationModel::kOutOfBand &&
      (!report->failure || report->failure->phase != "FeatureExchange");
  if (began && loan.remote) remote_.erase(*loan.remote);
  if (!loan.own) return;
  const auto own = own_.find(*loan.own);
  if (own == own_.end()) return;
  own->second.lent_to.reset();
  const bool peer_has_ours =
      began &&
      HasOobFlag(report->initiator ? report->response : report->request);
  if (peer_has_ours && (loan.own_tk || report->security.secure_connections)) {
    own_.erase(own);
  }
}

bool OobBook::Has(uint32_t id, Time now) const {
  const auto own = own_.find(id);
  return own != own_.end() && now < own->second.until;
}

std::optional<Time> OobBook::Deadline() const {
  std::optional<Time> deadline;
  for (const auto& [id, own] : own_) deadline = Earlier(deadline, own.until);
  return deadline;
}

void OobBook::Expire(Time now) {
  std::erase_if(own_, [&](const auto& own) { return now >= own.second.until; });
}

void OobBook::Clear() {
  own_.clear();
  remote_.clear();
  loans_.clear();
}

}  // namespace bondd::daemon
