#include "bonds/transfer_work.h"

#include <fmt/format.h>

#include <utility>

#include "bonds/bond_codec.h"
#include "bonds/export_formats.h"
#include "bonds/import_formats.h"
#include "bonds/row_writer.h"
#include "bonds/sealed_row.h"
#include "bonds/transfer_stream.h"
#include "bonds/wall_clock.h"
#include "bonds/wiped_text.h"

namespace bondd::bonds {

namespace {

Result<std::vector<Bond>> ReadBonds(const ExportRequest& request,
                                    Database& database, Sealer& sealer) {
  Result<Statement> rows =
      database.Prepare(request.peer ? kSelectBond : kSelectAdapterBonds);
  if (!rows) return std::unexpected(std::move(rows.error()));
  const AddressOctets adapter = EncodeAddress(request.adapter);
  const AddressOctets peer =
      EncodeAddress(request.peer.value_or(DeviceAddress{}));
  rows->Bind(adapter);
  if (request.peer) rows->Bind(peer);
  std::vector<Bond> bonds;
  while (true) {
    const Result<bool> more = rows->Step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    const auto opened =
        OpenBond(BondColumns(*rows), sealer, bonds.emplace_back());
    if (!opened) {
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("{}: a damaged row: {}", database.path(),
                              opened.error().message));
    }
  }
  if (request.peer && bonds.empty()) {
    return Fail(ErrorCode::kNotFound, "there is no such bond");
  }
  return bonds;
}

WipedText TextOf(TransferFormat format, const ExportedBonds& bonds) {
  switch (format) {
    case TransferFormat::kBlueZ:
      return BondsAsBlueZ(bonds);
    case TransferFormat::kWireshark:
      return BondsAsWireshark(bonds);
    default:
      return BondsAsJson(bonds);
  }
}

}  // namespace

Result<void> ExportBonds(ExportRequest& request, Database& database,
                         Sealer& sealer, const Meanwhile& meanwhile) {
  const UniqueFd fd = std::move(request.fd);
  const Result<std::vector<Bond>> bonds = ReadBonds(request, database, sealer);
  if (!bonds) return std::unexpected(bonds.error());
  const WipedText text =
      TextOf(request.format,
             {.adapter = request.adapter,
              .local_irk = request.local_irk ? &*request.local_irk : nullptr,
              .bonds = *bonds});
  if (text.size() > kMaxTransferSize) {
    return Fail(ErrorCode::kLimit,
                "the bonds take more than 64 MiB: export them one by one");
  }
  return WriteAll(fd.get(), text, request.time, meanwhile);
}

Result<std::vector<Bond>> ImportBonds(ImportRequest& request, size_t max_bonds,
                                      const Meanwhile& meanwhile) {
  const UniqueFd fd = std::move(request.fd);
  if (request.format == TransferFormat::kWireshark) {
    return Fail(ErrorCode::kInvalidArgument,
                "keys for Wireshark can't be imported");
  }
  const Result<WipedText> text = ReadAll(fd.get(), request.time, meanwhile);
  if (!text) return std::unexpected(text.error());
  const auto read =
      request.format == TransferFormat::kBlueZ ? BondsFromBlueZ : BondsFromJson;
  Result<std::vector<Bond>> bonds =
      read(*text, request.adapter, {max_bonds, meanwhile.run});
  if (!bonds) return bonds;
  for (Bond& bond : *bonds) {
    if (bond.created == 0) bond.created = WallClock();
  }
  return bonds;
}

}  // namespace bondd::bonds
