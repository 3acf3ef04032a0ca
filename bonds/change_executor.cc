#include "bonds/change_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "bonds/bond_codec.h"
#include "bonds/row_writer.h"

namespace bondd::bonds {

namespace {

std::unexpected<Error> NoSuchBond() {
  return Fail(ErrorCode::kNotFound, "there is no such bond");
}

// [Vol 3, Part H] 2.4.5
void KeepSignCounters(const smp::BondData& present, smp::BondData& next) {
  if (present.local_csrk && next.local_csrk == present.local_csrk) {
    next.local_sign_counter =
        std::max(next.local_sign_counter, present.local_sign_counter);
  }
  if (present.peer_csrk && next.peer_csrk == present.peer_csrk) {
    next.peer_sign_counter =
        std::max(next.peer_sign_counter, present.peer_sign_counter);
  }
}

bool MayReplace(const Bond& present, const Bond& next,
                smp::ReplaceOption replace) {
  using enum smp::ReplaceOption;
  if (replace != kNotWeaker) return replace == kAlways;
  const bool key_lost = (present.data.peer_ltk && !next.data.peer_ltk) ||
                        (present.data.local_ltk && !next.data.local_ltk);
  return !key_lost && next.data.security.NotWeakerThan(present.data.security);
}

std::string WhyItStays(const Bond& present, smp::ReplaceOption replace) {
  return fmt::format(
      "there is a bond with {} already{}", present.data.identity.ToString(),
      replace == smp::ReplaceOption::kNotWeaker ? ", a stronger one" : "");
}

}  // namespace

ChangeExecutor::ChangeExecutor(Database& database, Sealer& sealer,
                               const Head& head, uint64_t generation)
    : database_(database), sealer_(sealer), head_(head) {
  head_.generation = generation;
}

Result<void> ChangeExecutor::operator()(PutBond& change) {
  const auto before = head_.bonds;
  Result<Row> present = Find(change.bond.key());
  if (!present) return std::unexpected(std::move(present.error()));
  if (present->bond) {
    const smp::ReplaceOption replace = change.replacing.newer;
    if (!MayReplace(*present->bond, change.bond, replace)) {
      return Fail(ErrorCode::kExists, WhyItStays(*present->bond, replace));
    }
    change.bond.name = present->bond->name;
  }
  if (auto put = Put(change.bond, *present); !put) return put;
  change.replaced = std::move(present->bond);
  return CheckLimit(before, change.max_bonds);
}

Result<void> ChangeExecutor::operator()(UndoBond& change) {
  if (!change.former) return (*this)(RemoveBond{change.key});
  const Result<Row> present = Find(change.key);
  if (!present) return std::unexpected(present.error());
  if (!present->there) return NoSuchBond();
  if (present->bond) change.former->name = present->bond->name;
  return Put(*change.former, *present);
}

Result<void> ChangeExecutor::Put(const Bond& bond, const Row& present) {
  if (auto valid = Validate(bond); !valid) return valid;
  if (present.there) CountOut(present.generation);
  CountIn(bond.generation);
  Touch(bond.key());
  return PutBondRow(database_, bond, sealer_);
}

Result<void> ChangeExecutor::operator()(PutBonds& change) {
  const auto before = head_.bonds;
  for (Bond& bond : change.bonds) {
    const Result<Row> present = Find(bond.key());
    if (!present) return std::unexpected(present.error());
    if (present->bond) {
      if (!MayReplace(*present->bond, bond, change.replace)) {
        return Fail(ErrorCode::kInvalidArgument,
                    WhyItStays(*present->bond, change.replace));
      }
      KeepSignCounters(present->bond->data, bond.data);
    }
    if (auto put = Put(bond, *present); !put) return put;
  }
  return CheckLimit(before, change.max_bonds);
}

Result<void> ChangeExecutor::CheckLimit(uint64_t before,
                                        size_t max_bonds) const {
  // There may be too many already, where MaxBonds was lowered.
  if (head_.bonds <= std::max<uint64_t>(before, max_bonds)) return {};
  return Fail(ErrorCode::kLimit,
              fmt::format("there would be {} bonds, more than MaxBonds allows "
                          "({})",
                          head_.bonds, max_bonds));
}

Result<void> ChangeExecutor::operator()(const RemoveBond& change) {
  const Result<Row> present = Find(change.key);
  if (!present) return std::unexpected(present.error());
  if (!present->there) return NoSuchBond();
  CountOut(present->generation);
  Touch(change.key);
  return DeleteBondRow(database_, EncodeAddress(change.key.adapter),
                       EncodeAddress(change.key.identity));
}

Result<void> ChangeExecutor::operator()(const RemoveAdapterBonds& change) {
  const AddressOctets adapter = EncodeAddress(change.adapter);
  Result<Statement> rows = database_.Prepare(
      "SELECT identity, generation FROM bonds WHERE adapter = ?");
  if (!rows) return std::unexpected(std::move(rows.error()));
  rows->Bind(adapter);
  while (true) {
    const Result<bool> more = rows->Step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    touched_.bonds.emplace(Owned(adapter), Owned(rows->Blob(0)));
    CountOut(static_cast<uint64_t>(rows->Integer(1)));
  }
  Result<Statement> remove =
      database_.Prepare("DELETE FROM bonds WHERE adapter = ?");
  if (!remove) return std::unexpected(std::move(remove.error()));
  return remove->Bind(adapter).Run();
}

Result<void> ChangeExecutor::operator()(const PutName& change) {
  if (!IsValidName(change.name)) {
    return Fail(ErrorCode::kInvalidArgument,
                "a name is UTF-8 of at most 248 octets, without control "
                "characters");
  }
  const auto put = database_.Cached(
      "UPDATE bonds SET name = ? WHERE adapter = ? AND identity = ?");
  if (!put) return std::unexpected(put.error());
  return RunOnBond((*put)->Bind(AsBytes(change.name)), change.key);
}

Result<void> ChangeExecutor::operator()(const PutLastUsed& change) {
  const auto put = database_.Cached(
      "UPDATE bonds SET last_used = ? WHERE adapter = ? AND identity = ?");
  if (!put) return std::unexpected(put.error());
  return RunOnBond((*put)->Bind(static_cast<int64_t>(change.last_used)),
                   change.key);
}

Result<void> ChangeExecutor::operator()(const AmendBond& change) {
  Result<Row> row = Find(change.key);
  if (!row) return std::unexpected(std::move(row.error()));
  if (!row->there) return NoSuchBond();
  if (!row->bond) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: a damaged row", database_.path()));
  }
  change.ApplyTo(*row->bond);
  row->bond->generation = head_.generation;
  return Put(*row->bond, *row);
}

Result<void> ChangeExecutor::operator()(const PutIdentity& change) {
  const Result<bool> known =
      Exists("SELECT 1 FROM identities WHERE name = ?", {AsBytes(change.name)});
  if (!known) return std::unexpected(known.error());
  if (*known) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("adapter {} has an identity", change.name));
  }
  if (!change.instead_of.empty()) {
    const ByteView former = AsBytes(change.instead_of);
    if (auto run = DeleteIdentityRow(database_, former); !run) return run;
    if (database_.changes() == 0) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("adapter {} has no identity", change.instead_of));
    }
    --head_.identities;
    touched_.identities.insert(Owned(former));
  }
  ++head_.identities;
  touched_.identities.insert(Owned(AsBytes(change.name)));
  return PutIdentityRow(database_, change.name, change.identity, sealer_);
}

Result<void> ChangeExecutor::operator()(const PutController& change) {
  if (change.controller.size() > kMaxControllerSize) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("what is known of a controller has at most {} "
                            "octets",
                            kMaxControllerSize));
  }
  Result<Statement> select =
      database_.Prepare("SELECT sealed FROM identities WHERE name = ?");
  if (!select) return std::unexpected(std::move(select.error()));
  const Result<bool> row = select->Bind(AsBytes(change.name)).Step();
  if (!row) return std::unexpected(row.error());
  if (!*row) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("adapter {} has no identity", change.name));
  }
  Result<LocalIdentity> identity =
      OpenIdentity(change.name, select->Blob(0), sealer_);
  if (!identity) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: a damaged row: {}", database_.path(),
                            identity.error().message));
  }
  identity->controller = change.controller;
  touched_.identities.insert(Owned(AsBytes(change.name)));
  return PutIdentityRow(database_, change.name, *identity, sealer_);
}

Result<void> ChangeExecutor::operator()(const Probe& change) {
  const AddressOctets adapter = EncodeAddress(change.key.adapter);
  const AddressOctets identity = EncodeAddress(change.key.identity);
  const AttributeOctets attributes{};
  const Bytes sealed(kBondSecretsSize + kSealOverhead);
  if (auto begun = database_.Execute("SAVEPOINT probe"); !begun) return begun;
  auto put = PutRawBondRow(database_, {.adapter = adapter,
                                       .identity = identity,
                                       .attributes = attributes,
                                       .sealed = sealed});
  if (!put) return put;
  return database_.Execute("ROLLBACK TO probe; RELEASE probe");
}

Result<void> ChangeExecutor::RunOnBond(Statement& statement,
                                       const BondKey& key) {
  const AddressOctets adapter = EncodeAddress(key.adapter);
  const AddressOctets identity = EncodeAddress(key.identity);
  if (auto run = statement.Bind(adapter).Bind(identity).Run(); !run) return run;
  if (database_.changes() == 0) return NoSuchBond();
  Touch(key);
  return {};
}

Result<bool> ChangeExecutor::Exists(std::string_view sql,
                                    std::initializer_list<ByteView> key) {
  const auto select = database_.Cached(sql);
  if (!select) return std::unexpected(select.error());
  for (const ByteView part : key) (*select)->Bind(part);
  const Result<bool> row = (*select)->Step();
  if (!row || !*row) return row;
  // One row at most: this ends the statement.
  if (auto end = (*select)->Run(); !end) {
    return std::unexpected(std::move(end.error()));
  }
  return true;
}

Result<ChangeExecutor::Row> ChangeExecutor::Find(const BondKey& key) {
  const auto select = database_.Cached(kSelectBond);
  if (!select) return std::unexpected(select.error());
  const AddressOctets adapter = EncodeAddress(key.adapter);
  const AddressOctets identity = EncodeAddress(key.identity);
  const Result<bool> row = (*select)->Bind(adapter).Bind(identity).Step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return Row{};
  const RowView columns = BondColumns(**select);
  Row found{.there = true,
            .generation = static_cast<uint64_t>(columns.generation),
            .bond = Bond()};
  if (!OpenBond(columns, sealer_, *found.bond)) found.bond.reset();
  // One row at most: this ends the statement.
  if (auto end = (*select)->Run(); !end) {
    return std::unexpected(std::move(end.error()));
  }
  return found;
}

void ChangeExecutor::CountIn(uint64_t generation) {
  ++head_.bonds;
  head_.sum += generation;
}

void ChangeExecutor::CountOut(uint64_t generation) {
  --head_.bonds;
  head_.sum -= generation;
}

void ChangeExecutor::Touch(const BondKey& key) {
  touched_.bonds.emplace(Owned(EncodeAddress(key.adapter)),
                         Owned(EncodeAddress(key.identity)));
}

}  // namespace bondd::bonds
