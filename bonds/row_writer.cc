#include "bonds/row_writer.h"

#include <utility>

#include "bonds/bond_codec.h"
#include "bonds/wall_clock.h"

namespace bondd::bonds {

namespace {

int64_t SecondsSince1970() {
  return static_cast<int64_t>(WallClock() / 1'000'000);
}

}  // namespace

RowView BondColumns(const Statement& row) {
  return {.adapter = row.Blob(0),
          .identity = row.Blob(1),
          .generation = row.Integer(2),
          .name = row.Blob(3),
          .last_used = row.Integer(4),
          .attributes = row.Blob(5),
          .sealed = row.Blob(6)};
}

Result<void> PutRawBondRow(Database& database, const RowView& row) {
  const auto put = database.Cached(
      "INSERT OR REPLACE INTO bonds(adapter, identity, generation, name, "
      "last_used, attributes, sealed) VALUES(?, ?, ?, ?, ?, ?, ?)");
  if (!put) return std::unexpected(put.error());
  return (*put)
      ->Bind(row.adapter)
      .Bind(row.identity)
      .Bind(row.generation)
      .Bind(row.name)
      .Bind(row.last_used)
      .Bind(row.attributes)
      .Bind(row.sealed)
      .Run();
}

Result<void> PutBondRow(Database& database, const Bond& bond, Sealer& sealer) {
  const Result<Bytes> sealed = SealBond(bond, sealer);
  if (!sealed) return std::unexpected(sealed.error());
  const AddressOctets adapter = EncodeAddress(bond.adapter);
  const AddressOctets identity = EncodeAddress(bond.data.identity);
  const AttributeOctets attributes = EncodeAttributes(bond);
  return PutRawBondRow(database,
                       {.adapter = adapter,
                        .identity = identity,
                        .generation = static_cast<int64_t>(bond.generation),
                        .name = AsBytes(bond.name),
                        .last_used = static_cast<int64_t>(bond.last_used),
                        .attributes = attributes,
                        .sealed = *sealed});
}

Result<void> PutRawIdentityRow(Database& database, ByteView name,
                               ByteView sealed) {
  const auto put = database.Cached(
      "INSERT OR REPLACE INTO identities(name, sealed) VALUES(?, ?)");
  if (!put) return std::unexpected(put.error());
  return (*put)->Bind(name).Bind(sealed).Run();
}

Result<void> PutIdentityRow(Database& database, std::string_view name,
                            const LocalIdentity& identity, Sealer& sealer) {
  const Result<Bytes> sealed = SealIdentity(name, identity, sealer);
  if (!sealed) return std::unexpected(sealed.error());
  return PutRawIdentityRow(database, AsBytes(name), *sealed);
}

Result<void> PutHead(Database& database, const Head& head, Sealer& sealer) {
  const Result<Bytes> sealed = SealHead(head, sealer);
  if (!sealed) return std::unexpected(sealed.error());
  const auto put = database.Cached(
      "INSERT OR REPLACE INTO head(id, generation, bonds, identities, sealed) "
      "VALUES(0, ?, ?, ?, ?)");
  if (!put) return std::unexpected(put.error());
  return (*put)
      ->Bind(static_cast<int64_t>(head.generation))
      .Bind(static_cast<int64_t>(head.bonds))
      .Bind(static_cast<int64_t>(head.identities))
      .Bind(*sealed)
      .Run();
}

Result<void> PutQuarantineRow(Database& database, const DamagedRow& row) {
  Result<Statement> put = database.Prepare(
      "INSERT INTO quarantine(noticed, reason, adapter, identity, generation, "
      "name, last_used, attributes, sealed) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!put) return std::unexpected(std::move(put.error()));
  return put->Bind(SecondsSince1970())
      .Bind(AsBytes(row.reason))
      .Bind(row.adapter)
      .Bind(row.identity)
      .Bind(row.generation)
      .Bind(row.name)
      .Bind(row.last_used)
      .Bind(row.attributes)
      .Bind(row.sealed)
      .Run();
}

Result<void> DeleteBondRow(Database& database, ByteView adapter,
                           ByteView identity) {
  const auto remove =
      database.Cached("DELETE FROM bonds WHERE adapter = ? AND identity = ?");
  if (!remove) return std::unexpected(remove.error());
  return (*remove)->Bind(adapter).Bind(identity).Run();
}

Result<void> DeleteIdentityRow(Database& database, ByteView name) {
  const auto remove = database.Cached("DELETE FROM identities WHERE name = ?");
  if (!remove) return std::unexpected(remove.error());
  return (*remove)->Bind(name).Run();
}

Result<Head> ReplaceRows(Database& database, const Contents& contents,
                         Sealer& sealer) {
  if (auto emptied = database.Execute(
          "DELETE FROM bonds; DELETE FROM identities; DELETE FROM head");
      !emptied) {
    return std::unexpected(std::move(emptied.error()));
  }
  Head head{.generation = contents.generation,
            .bonds = contents.bonds.size(),
            .identities = contents.identities.size()};
  for (const Bond& bond : contents.bonds) {
    head.sum += bond.generation;
    if (auto put = PutBondRow(database, bond, sealer); !put) {
      return std::unexpected(std::move(put.error()));
    }
  }
  for (const auto& [name, identity] : contents.identities) {
    if (auto put = PutIdentityRow(database, name, identity, sealer); !put) {
      return std::unexpected(std::move(put.error()));
    }
  }
  if (auto put = PutHead(database, head, sealer); !put) {
    return std::unexpected(std::move(put.error()));
  }
  return head;
}

}  // namespace bondd::bonds
