#include "bonds/bond_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bonds/bond_codec.h"
#include "bonds/schema.h"

namespace bondd::bonds {

namespace {

constexpr std::string_view kSelectBonds =
    "SELECT adapter, identity, generation, name, last_used, attributes, "
    "secrets FROM bonds";

ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

template <typename SecretType>
Result<SecretType> AsSecret(ByteView octets) {
  if (octets.size() != SecretType::kSize) {
    return Fail(ErrorCode::kCorrupt, "secrets of a wrong length");
  }
  return SecretType(octets.first<SecretType::kSize>());
}

// The current row of a statement made of kSelectBonds.
Result<Bond> DecodeRow(const Statement& row) {
  const auto secrets = AsSecret<BondSecrets>(row.Blob(6));
  if (!secrets) return std::unexpected(secrets.error());
  return DecodeBond({.adapter = row.Blob(0),
                     .identity = row.Blob(1),
                     .generation = row.Integer(2),
                     .name = row.Blob(3),
                     .last_used = row.Integer(4),
                     .attributes = row.Blob(5)},
                    *secrets);
}

std::unexpected<Error> Damaged(const Database& database, const Error& error) {
  return Fail(ErrorCode::kCorrupt, fmt::format("{}: a damaged row: {}",
                                               database.path(), error.message));
}

}  // namespace

Result<BondFile> BondFile::Open(const std::filesystem::path& path) {
  Result<Database> database = Database::Open(path);
  if (!database) return std::unexpected(std::move(database.error()));
  if (auto prepared = PrepareSchema(*database); !prepared) {
    return std::unexpected(std::move(prepared.error()));
  }
  return BondFile(std::move(*database));
}

Result<Contents> BondFile::Load() {
  Contents contents;
  if (auto loaded = LoadBonds(contents); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  if (auto loaded = LoadIdentities(contents); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  return contents;
}

Result<void> BondFile::LoadBonds(Contents& contents) {
  Result<Statement> rows = database_.Prepare(
      fmt::format("{} ORDER BY adapter, identity", kSelectBonds));
  if (!rows) return std::unexpected(std::move(rows.error()));
  while (true) {
    const Result<bool> more = rows->Step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    Result<Bond> bond = DecodeRow(*rows);
    if (!bond) return Damaged(database_, bond.error());
    contents.generation = std::max(contents.generation, bond->generation);
    contents.bonds.push_back(std::move(*bond));
  }
}

Result<void> BondFile::LoadIdentities(Contents& contents) {
  Result<Statement> rows =
      database_.Prepare("SELECT name, secrets FROM identities");
  if (!rows) return std::unexpected(std::move(rows.error()));
  while (true) {
    const Result<bool> more = rows->Step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const ByteView name = rows->Blob(0);
    const auto secrets = AsSecret<IdentitySecrets>(rows->Blob(1));
    if (!secrets) return Damaged(database_, secrets.error());
    Result<LocalIdentity> identity = DecodeIdentity(*secrets);
    if (!identity) return Damaged(database_, identity.error());
    contents.identities.emplace(std::string(name.begin(), name.end()),
                                std::move(*identity));
  }
}

Result<void> BondFile::Apply(const Change& change) {
  Result<Transaction> transaction = Transaction::Begin(database_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto executed = std::visit(
      [this](const auto& specific) { return Execute(specific); }, change);
  if (!executed) return executed;
  return transaction->Commit();
}

Result<void> BondFile::Execute(const PutBond& change) {
  const Bond& bond = change.bond;
  if (auto valid = Validate(bond); !valid) return valid;
  Result<Statement> put = database_.Prepare(
      "INSERT OR REPLACE INTO bonds(adapter, identity, generation, name, "
      "last_used, attributes, secrets) VALUES(?, ?, ?, ?, ?, ?, ?)");
  if (!put) return std::unexpected(std::move(put.error()));
  const AddressOctets adapter = EncodeAddress(bond.adapter);
  const AddressOctets identity = EncodeAddress(bond.data.identity);
  const AttributeOctets attributes = EncodeAttributes(bond);
  const BondSecrets secrets = EncodeSecrets(bond);
  return put->Bind(adapter)
      .Bind(identity)
      .Bind(static_cast<int64_t>(bond.generation))
      .Bind(AsBytes(bond.name))
      .Bind(static_cast<int64_t>(bond.last_used))
      .Bind(attributes)
      .Bind(secrets.Reveal())
      .Run();
}

Result<void> BondFile::Execute(const RemoveBond& change) {
  Result<Statement> remove =
      database_.Prepare("DELETE FROM bonds WHERE adapter = ? AND identity = ?");
  if (!remove) return std::unexpected(std::move(remove.error()));
  return RunOnBond(*remove, change.key);
}

Result<void> BondFile::Execute(const RemoveAdapterBonds& change) {
  Result<Statement> remove =
      database_.Prepare("DELETE FROM bonds WHERE adapter = ?");
  if (!remove) return std::unexpected(std::move(remove.error()));
  const AddressOctets adapter = EncodeAddress(change.adapter);
  return remove->Bind(adapter).Run();
}

Result<void> BondFile::Execute(const PutName& change) {
  if (!IsValidName(change.name)) {
    return Fail(ErrorCode::kInvalidArgument,
                "a name is UTF-8 of at most 248 octets, without control "
                "characters");
  }
  Result<Statement> put = database_.Prepare(
      "UPDATE bonds SET name = ? WHERE adapter = ? AND identity = ?");
  if (!put) return std::unexpected(std::move(put.error()));
  return RunOnBond(put->Bind(AsBytes(change.name)), change.key);
}

Result<void> BondFile::Execute(const PutLastUsed& change) {
  Result<Statement> put = database_.Prepare(
      "UPDATE bonds SET last_used = ? WHERE adapter = ? AND identity = ?");
  if (!put) return std::unexpected(std::move(put.error()));
  return RunOnBond(put->Bind(static_cast<int64_t>(change.last_used)),
                   change.key);
}

Result<void> BondFile::Execute(const PutPeerLostKeys& change) {
  Result<Bond> bond = Read(change.key);
  if (!bond) return std::unexpected(std::move(bond.error()));
  bond->peer_lost_keys = change.lost;
  bond->generation = change.generation;
  return Execute(PutBond{std::move(*bond)});
}

Result<void> BondFile::Execute(const PutIdentity& change) {
  Result<Statement> put =
      database_.Prepare("INSERT INTO identities(name, secrets) VALUES(?, ?)");
  if (!put) return std::unexpected(std::move(put.error()));
  const IdentitySecrets secrets = EncodeIdentity(change.identity);
  return put->Bind(AsBytes(change.name)).Bind(secrets.Reveal()).Run();
}

Result<void> BondFile::RunOnBond(Statement& statement, const BondKey& key) {
  const AddressOctets adapter = EncodeAddress(key.adapter);
  const AddressOctets identity = EncodeAddress(key.identity);
  if (auto run = statement.Bind(adapter).Bind(identity).Run(); !run) return run;
  if (database_.changes() == 0) {
    return Fail(ErrorCode::kNotFound, "there is no such bond");
  }
  return {};
}

Result<Bond> BondFile::Read(const BondKey& key) {
  Result<Statement> select = database_.Prepare(
      fmt::format("{} WHERE adapter = ? AND identity = ?", kSelectBonds));
  if (!select) return std::unexpected(std::move(select.error()));
  const AddressOctets adapter = EncodeAddress(key.adapter);
  const AddressOctets identity = EncodeAddress(key.identity);
  const Result<bool> row = select->Bind(adapter).Bind(identity).Step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return Fail(ErrorCode::kNotFound, "there is no such bond");
  Result<Bond> bond = DecodeRow(*select);
  if (!bond) return Damaged(database_, bond.error());
  return bond;
}

}  // namespace bondd::bonds
