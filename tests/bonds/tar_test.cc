#include "bonds/tar.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::ReadWholeFile;
using testing::TemporaryDirectory;
using testing::WriteWholeFile;

constexpr size_t kBlock = 512;

std::string ArchiveOfTwo() {
  WipedText archive;
  AppendTarFile(archive, "a/first", "one\n");
  AppendTarFile(archive, "a/b/second", std::string(513, 'x'));
  FinishTar(archive);
  return {archive.begin(), archive.end()};
}

// Makes the checksum of the first header right again.
std::string WithChecksum(std::string archive) {
  archive.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (size_t i = 0; i < kBlock; ++i) sum += static_cast<uint8_t>(archive[i]);
  std::array<char, 8> digits = {};
  std::snprintf(digits.data(), digits.size(), "%06o", sum);
  archive.replace(148, 7, digits.data(), 7);
  return archive;
}

TEST(TarTest, GivesBackWhatWasPutIn) {
  const std::string archive = ArchiveOfTwo();
  const auto entries = ReadTar(archive);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].path, "a/first");
  EXPECT_EQ((*entries)[0].content, "one\n");
  EXPECT_EQ((*entries)[1].path, "a/b/second");
  EXPECT_EQ((*entries)[1].content, std::string(513, 'x'));
}

TEST(TarTest, WritesWhatTarReads) {
  const TemporaryDirectory directory;
  WriteWholeFile(directory.path() / "archive", ArchiveOfTwo());
  const std::string command = "tar -C " + directory.path().native() + " -xpf " +
                              directory.path().native() + "/archive";
  ASSERT_EQ(::system(command.c_str()), 0);
  EXPECT_EQ(ReadWholeFile(directory.path() / "a/first"), "one\n");
  EXPECT_EQ(ReadWholeFile(directory.path() / "a/b/second").size(), 513u);
  EXPECT_EQ(
      std::filesystem::status(directory.path() / "a/first").permissions(),
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(TarTest, ReadsWhatTarWritesInEachOfItsFormats) {
  for (const std::string format : {"v7", "ustar", "gnu", "pax"}) {
    SCOPED_TRACE(format);
    const TemporaryDirectory directory;
    const auto inside = directory.path() / "in" / "folder";
    std::filesystem::create_directories(inside);
    WriteWholeFile(inside / "info", "text\n");
    std::filesystem::create_symlink("/etc/passwd", inside / "link");
    const std::string command = "cd " + directory.path().native() +
                                " && tar --format=" + format +
                                " -cf archive ./in";
    ASSERT_EQ(::system(command.c_str()), 0);
    const std::string archive = ReadWholeFile(directory.path() / "archive");
    const auto entries = ReadTar(archive);
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), 1u);
    EXPECT_EQ((*entries)[0].path, "./in/folder/info");
    EXPECT_EQ((*entries)[0].content, "text\n");
  }
}

TEST(TarTest, RefusesAnArchiveThatIsCutShortAnywhere) {
  const std::string archive = ArchiveOfTwo();
  // The first of the two blocks at its end says that it is the end.
  for (size_t size = 0; size < archive.size() - kBlock; ++size) {
    EXPECT_FALSE(ReadTar(std::string_view(archive).substr(0, size))) << size;
  }
}

TEST(TarTest, NoticesEveryAlteredOctetOfAHeader) {
  const std::string archive = ArchiveOfTwo();
  for (size_t i = 0; i < kBlock; ++i) {
    std::string altered = archive;
    altered[i] = static_cast<char>(altered[i] + 1);
    const auto entries = ReadTar(altered);
    // The octets behind the checksum's digits mean nothing.
    if (entries) {
      EXPECT_TRUE(i >= 154 && i < 156) << i;
    }
  }
}

TEST(TarTest, RefusesASizeThatIsNone) {
  for (const std::string_view size :
       {"77777777777", "99999999999", "-0000000001", "           ",
        "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    std::string archive = ArchiveOfTwo();
    archive.replace(124, 11, size.substr(0, 11));
    const auto entries = ReadTar(WithChecksum(archive));
    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(TarTest, RefusesWhatIsNoArchive) {
  EXPECT_FALSE(ReadTar(""));
  EXPECT_FALSE(ReadTar("[General]\nName=x\n"));
  EXPECT_FALSE(ReadTar(std::string(4096, 'x')));
  EXPECT_TRUE(ReadTar(std::string(1024, '\0')));
}

}  // namespace
}  // namespace bondd::bonds
