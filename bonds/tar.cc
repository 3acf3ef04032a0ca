#include "bonds/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

namespace bondd::bonds {

namespace {

constexpr size_t kBlockSize = 512;

// POSIX.1 pax, "ustar Interchange Format": where a header's fields are.
struct Field {
  size_t offset;
  size_t size;
};
constexpr Field kName = {0, 100};
constexpr Field kMode = {100, 8};
constexpr Field kUid = {108, 8};
constexpr Field kGid = {116, 8};
constexpr Field kSize = {124, 12};
constexpr Field kTime = {136, 12};
constexpr Field kChecksum = {148, 8};
constexpr Field kType = {156, 1};
constexpr Field kMagic = {257, 8};
constexpr Field kPrefix = {345, 155};

using Header = std::array<char, kBlockSize>;

void Put(Header& header, Field field, std::string_view value) {
  assert(value.size() <= field.size);
  std::ranges::copy(value,
                    header.begin() + static_cast<ptrdiff_t>(field.offset));
}

// Octal digits that fill the field up to the octet that ends it.
void PutNumber(Header& header, Field field, uint64_t value) {
  Put(header, field, fmt::format("{:0{}o}", value, field.size - 1));
}

// Up to its end or the first zero octet.
std::string_view Get(std::string_view header, Field field) {
  const std::string_view text = header.substr(field.offset, field.size);
  return text.substr(0, text.find('\0'));
}

std::optional<uint64_t> GetNumber(std::string_view header, Field field) {
  std::string_view text = Get(header, field);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  uint64_t value = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, value, 8);
  if (error != std::errc() || end != text_end) return std::nullopt;
  return value;
}

// The sum of all octets, with blanks in place of the sum itself.
uint64_t ChecksumOf(std::string_view header) {
  uint64_t sum = 0;
  for (size_t i = 0; i < header.size(); ++i) {
    const bool own =
        i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    sum += own ? ' ' : static_cast<uint8_t>(header[i]);
  }
  return sum;
}

size_t PaddedSize(size_t size) {
  return (size + kBlockSize - 1) / kBlockSize * kBlockSize;
}

std::string PathOf(std::string_view header) {
  const std::string_view prefix = Get(header, kPrefix);
  const bool ustar =
      header.substr(kMagic.offset, 6) == std::string_view("ustar\0", 6);
  if (!ustar || prefix.empty()) return std::string(Get(header, kName));
  return fmt::format("{}/{}", prefix, Get(header, kName));
}

std::unexpected<Error> Invalid(const char* reason) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("not a tar archive: {}", reason));
}

}  // namespace

void AppendTarFile(WipedText& archive, std::string_view path,
                   std::string_view content) {
  Header header{};
  Put(header, kName, path);
  PutNumber(header, kMode, 0600);
  PutNumber(header, kUid, 0);
  PutNumber(header, kGid, 0);
  PutNumber(header, kSize, content.size());
  PutNumber(header, kTime, 0);
  Put(header, kType, "0");
  Put(header, kMagic,
      std::string_view("ustar\0"
                       "00",
                       8));
  const uint64_t sum = ChecksumOf({header.data(), header.size()});
  Put(header, kChecksum, fmt::format("{:06o}{} ", sum, '\0'));
  archive.append(header.data(), header.size());
  archive.append(content);
  archive.append(PaddedSize(content.size()) - content.size(), '\0');
}

void FinishTar(WipedText& archive) { archive.append(2 * kBlockSize, '\0'); }

Result<std::vector<TarEntry>> ReadTar(std::string_view archive) {
  std::vector<TarEntry> entries;
  while (!archive.empty()) {
    if (archive.size() < kBlockSize) return Invalid("a header is cut short");
    const std::string_view header = archive.substr(0, kBlockSize);
    // A block of zeros is the end.
    if (header.find_first_not_of('\0') == header.npos) return entries;
    archive.remove_prefix(kBlockSize);
    const auto checksum = GetNumber(header, kChecksum);
    if (!checksum || *checksum != ChecksumOf(header)) {
      return Invalid("the checksum of a header is wrong");
    }
    const auto size = GetNumber(header, kSize);
    if (!size || *size > archive.size()) return Invalid("a file is cut short");
    const std::string_view type = Get(header, kType);
    // Old archives have a zero octet for a regular file.
    if (type.empty() || type == "0") {
      entries.push_back({PathOf(header), archive.substr(0, *size)});
    }
    archive.remove_prefix(std::min(PaddedSize(*size), archive.size()));
  }
  return Invalid("its end is missing");
}

}  // namespace bondd::bonds
