// Export and import through the store.

#include "bonds/transfer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <optional>
#include <thread>

#include "bonds/rekey.h"
#include "tests/bonds/fault_shim.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::Await;
using testing::BondWithPeer;
using testing::KeyOf;
using testing::KeyOfPeer;
using testing::Must;
using testing::PublicAddress;
using testing::ReadWholeFile;
using testing::SameBond;
using testing::WriteWholeFile;

class TransferTest : public testing::StoreFixture {
 protected:
  UniqueFd ToFile(const std::string& name = "export") {
    return UniqueFd(::open((outside_.path() / name).c_str(),
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  }
  UniqueFd FromFile(const std::string& name = "export") {
    return UniqueFd(
        ::open((outside_.path() / name).c_str(), O_RDONLY | O_CLOEXEC));
  }
  std::string Exported() { return ReadWholeFile(outside_.path() / "export"); }

  // A pipe with its two ends: to read from, to write to.
  static std::pair<UniqueFd, UniqueFd> Pipe() {
    std::array<int, 2> ends = {-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
  }
  static void Fill(int fd) {
    const std::string filler(4096, 'x');
    while (::write(fd, filler.data(), filler.size()) > 0) {
    }
  }

  // Serves the store until the request is answered.
  Completion AwaitOf(RequestId request) {
    while (true) {
      pollfd poll_fd{.fd = store_->fd(), .events = POLLIN, .revents = 0};
      if (::poll(&poll_fd, 1, 60'000) != 1) break;
      for (Completion& completion : store_->TakeCompletions()) {
        if (completion.request == request) return std::move(completion);
        others_.push_back(completion.request);
      }
    }
    ADD_FAILURE() << "not answered";
    return {.request = request, .outcome = {}};
  }
  Result<void> Export(TransferFormat format,
                      std::optional<DeviceAddress> peer = {}) {
    ExportRequest request{
        .fd = ToFile(), .format = format, .adapter = AdapterAddress()};
    request.peer = peer;
    return AwaitOf(store_->Export(std::move(request))).outcome;
  }
  Completion Import(TransferFormat format, smp::ReplaceOption replace =
                                               smp::ReplaceOption::kNotWeaker) {
    return AwaitOf(store_->Import({.fd = FromFile(),
                                   .format = format,
                                   .adapter = AdapterAddress(),
                                   .replace = replace}));
  }
  // What to sign with for the first peer, once there is something reserved.
  std::optional<uint32_t> NextReserved() {
    store_->NextSignCounter(KeyOfPeer(1));
    store_->Drain();
    store_->TakeCompletions();
    return store_->NextSignCounter(KeyOfPeer(1));
  }
  void ExpectRefused(const Completion& completion, ErrorCode code) {
    ASSERT_FALSE(completion.outcome);
    EXPECT_EQ(completion.outcome.error().code, code)
        << completion.outcome.error().message;
    EXPECT_TRUE(completion.imported.empty());
  }
  void RemoveAll() {
    Must(AwaitOf(store_->RemoveAll(AdapterAddress())).outcome);
  }

  testing::TemporaryDirectory outside_;
  std::vector<RequestId> others_;  // answered on the way
};

TEST_F(TransferTest, BringsBackByJsonWhatWasExported) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kJson));
  RemoveAll();
  const Completion completion = Import(TransferFormat::kJson);
  Must(completion.outcome);
  EXPECT_EQ(completion.imported,
            (std::vector{KeyOfPeer(1), KeyOfPeer(2), KeyOfPeer(3)}));
  ExpectAllThere();
  OpenAndSettle();
  ExpectAllThere();
}

TEST_F(TransferTest, BringsBackByBlueZWhatWasExported) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kBlueZ));
  RemoveAll();
  Must(Import(TransferFormat::kBlueZ).outcome);
  EXPECT_EQ(store_->Count(AdapterAddress()), 3u);
  EXPECT_GT(store_->Find(KeyOfPeer(1))->created, 1'700'000'000'000'000u);
}

TEST_F(TransferTest, ExportsForWiresharkAndTakesNothingBack) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kWireshark));
  EXPECT_NE(Exported().find("SC_LTK 0x"), std::string::npos);
  ExpectRefused(Import(TransferFormat::kWireshark),
                ErrorCode::kInvalidArgument);
  ExpectAllThere();
}

TEST_F(TransferTest, ExportsTheBondOfOnePeer) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kJson, PublicAddress(2)));
  EXPECT_EQ(Exported().find("A0:00:00:00:00:01"), std::string::npos);
  EXPECT_NE(Exported().find("A0:00:00:00:00:02"), std::string::npos);
  const auto outcome = Export(TransferFormat::kJson, PublicAddress(9));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
}

TEST_F(TransferTest, ImportsEverythingOrNothing) {
  MakeStore();
  Open();
  MustSave(BondWithPeer(4));
  Must(Export(TransferFormat::kJson));
  RemoveAll();
  MustSave(BondWithPeer(2, 7));  // stronger than the legacy bond of the export
  ExpectRefused(Import(TransferFormat::kJson), ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->Count(AdapterAddress()), 1u);
  ExpectRefused(Import(TransferFormat::kJson, smp::ReplaceOption::kNever),
                ErrorCode::kInvalidArgument);
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(2)), BondWithPeer(2, 7)));
  Must(Import(TransferFormat::kJson, smp::ReplaceOption::kAlways).outcome);
  EXPECT_EQ(store_->Count(AdapterAddress()), 4u);
  EXPECT_TRUE(
      SameBond(*store_->Find(KeyOfPeer(2)), testing::LegacyBondWithPeer(2)));
}

TEST_F(TransferTest, ChangesNothingWhenTheTextIsNoGood) {
  MakeStore();
  Open();
  for (const std::string text : {"", "{", "not at all", "\xff\xfe"}) {
    WriteWholeFile(outside_.path() / "export", text);
    ExpectRefused(Import(TransferFormat::kJson), ErrorCode::kInvalidArgument);
    ExpectRefused(Import(TransferFormat::kBlueZ), ErrorCode::kInvalidArgument);
  }
  ExpectAllThere();
}

TEST_F(TransferTest, ImportsNoMoreThanMaxBonds) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kJson));
  RemoveAll();
  Close();
  store_ = Must(Store::Open({.directory = Path(), .max_bonds = 2}));
  ExpectRefused(Import(TransferFormat::kJson), ErrorCode::kLimit);
  EXPECT_EQ(store_->Count(AdapterAddress()), 0u);
}

TEST_F(TransferTest, ReplacesBondsOfWhichThereAreTooManyAlready) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kJson));
  Close();
  store_ = Must(Store::Open({.directory = Path(), .max_bonds = 2}));
  ASSERT_TRUE(Import(TransferFormat::kJson).outcome);
  ExpectAllThere();
}

TEST_F(TransferTest, SaysThatTheDescriptorIsNoGood) {
  MakeStore();
  Open();
  const auto to = [&](UniqueFd fd) {
    return AwaitOf(
        store_->Export({.fd = std::move(fd), .adapter = AdapterAddress()}));
  };
  const auto from = [&](UniqueFd fd) {
    return AwaitOf(
        store_->Import({.fd = std::move(fd), .adapter = AdapterAddress()}));
  };
  const auto folder = [] { return UniqueFd(::open("/", O_RDONLY)); };
  ToFile();
  ExpectRefused(to(FromFile()), ErrorCode::kInvalidArgument);
  ExpectRefused(to(folder()), ErrorCode::kInvalidArgument);
  ExpectRefused(to(UniqueFd()), ErrorCode::kInvalidArgument);
  ExpectRefused(from(ToFile()), ErrorCode::kInvalidArgument);
  ExpectRefused(from(folder()), ErrorCode::kInvalidArgument);
  // Its pages may be in the hands of whoever passes it.
  const auto memory = [] { return UniqueFd(::open("/proc/self/mem", O_RDWR)); };
  for (const auto& refused : {to(memory()), from(memory())}) {
    ExpectRefused(refused, ErrorCode::kInvalidArgument);
    EXPECT_NE(refused.outcome.error().message.find("/proc"), std::string::npos);
  }
  auto [reader, writer] = Pipe();
  reader.Close();
  ExpectRefused(to(std::move(writer)), ErrorCode::kInvalidArgument);
  ExpectAllThere();
}

TEST_F(TransferTest, StoresBondsWhileAnExportWaitsForItsReader) {
  MakeStore();
  Open();
  auto [reader, writer] = Pipe();
  Fill(writer.get());
  const RequestId waiting =
      store_->Export({.fd = std::move(writer), .adapter = AdapterAddress()});
  for (const uint8_t flavour : {2, 3, 4}) {
    Must(AwaitOf(store_->Save(BondWithPeer(1, flavour))).outcome);
  }
  EXPECT_TRUE(others_.empty());
  reader.Close();
  ExpectRefused(AwaitOf(waiting), ErrorCode::kInvalidArgument);
  Open();
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1, 4)));
}

TEST_F(TransferTest, KeepsTheCopyUpToDateWhileExportsWaitForTheirReaders) {
  MakeStore();
  OpenAndSettle();
  std::array<std::pair<UniqueFd, UniqueFd>, 2> pipes = {Pipe(), Pipe()};
  for (auto& [reading, writing] : pipes) {
    Fill(writing.get());
    store_->Export({.fd = std::move(writing), .adapter = AdapterAddress()});
  }
  const testing::FaultScope counting(
      {.fault = testing::Fault::kNone, .only = "bonds.copy"});
  Must(AwaitOf(store_->Save(BondWithPeer(9))).outcome);
  // Far less than the time that an export is given.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (counting.count() == 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_GT(counting.count(), 0);
  EXPECT_TRUE(others_.empty());
  for (auto& [reading, writing] : pipes) reading.Close();
  store_->Drain();
}

TEST_F(TransferTest, NumbersAnImportAfterWhatWasStoredWhileItWaited) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kJson, PublicAddress(1)));
  auto [reader, writer] = Pipe();
  const RequestId waiting =
      store_->Import({.fd = std::move(reader), .adapter = AdapterAddress()});
  Must(AwaitOf(store_->Save(BondWithPeer(1, 9))).outcome);
  const uint64_t before = store_->Find(KeyOfPeer(1))->generation;
  const std::string text = Exported();
  ASSERT_EQ(::write(writer.get(), text.data(), text.size()),
            static_cast<ssize_t>(text.size()));
  writer.Close();
  Must(AwaitOf(waiting).outcome);
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1)));
  EXPECT_GT(store_->Find(KeyOfPeer(1))->generation, before);
}

TEST_F(TransferTest, LetsFewWaitAtATimeAndClosesTheirDescriptors) {
  MakeStore();
  Open();
  std::vector<UniqueFd> readers;
  const auto add = [&] {
    auto [reader, writer] = Pipe();
    Fill(writer.get());
    readers.push_back(std::move(reader));
    return store_->Export(
        {.fd = std::move(writer), .adapter = AdapterAddress()});
  };
  for (int i = 0; i < 8; ++i) add();
  ExpectRefused(AwaitOf(add()), ErrorCode::kBusy);
  store_->EndTransfers();
  store_->Drain();
  const auto completions = store_->TakeCompletions();
  EXPECT_EQ(completions.size(), 8u);
  for (const Completion& completion : completions) {
    ExpectRefused(completion, ErrorCode::kClosed);
  }
  for (const UniqueFd& reader : readers) {
    // Nobody has the other end any more.
    std::string rest(1 << 20, '\0');
    while (::read(reader.get(), rest.data(), rest.size()) > 0) {
    }
    EXPECT_EQ(::read(reader.get(), rest.data(), rest.size()), 0);
  }
}

TEST_F(TransferTest, DoesNotWaitForAReaderWhenItCloses) {
  MakeStore();
  Open();
  auto [reader, writer] = Pipe();
  Fill(writer.get());
  store_->Export({.fd = std::move(writer), .adapter = AdapterAddress()});
  store_->Save(BondWithPeer(4));
  Close();
  Open();
  EXPECT_NE(store_->Find(KeyOfPeer(4)), nullptr);
}

TEST_F(TransferTest, ReplacesNoBondByOneThatLacksItsKey) {
  Open();
  Bond without = BondWithPeer(1);
  without.data.peer_ltk.reset();
  MustSave(std::move(without));
  Must(Export(TransferFormat::kJson));
  MustSave(BondWithPeer(1));
  ExpectRefused(Import(TransferFormat::kJson), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1)));
}

TEST_F(TransferTest, BringsNoSignCounterBack) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kJson));
  const std::optional<uint32_t> used = NextReserved();
  ASSERT_TRUE(used);
  Must(Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), 77)));
  Must(Import(TransferFormat::kJson).outcome);
  EXPECT_GT(NextReserved(), used);
  EXPECT_FALSE(Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), 77)));
  EXPECT_TRUE(Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), 78)));
}

TEST_F(TransferTest, LeavesNoKeyInTheStateDirectory) {
  MakeStore();
  Open();
  Must(Export(TransferFormat::kJson));
  MustSave(BondWithPeer(1, 2));
  Must(Await(*store_, store_->Remove(KeyOfPeer(3))));
  Must(Import(TransferFormat::kJson).outcome);
  store_->Touch(KeyOfPeer(1), 1'700'000'000'000'000);
  Must(Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), 77)));
  const auto holds_key = [](const std::string& content) {
    for (int first = 0; first < 256; ++first) {
      // All keys of these bonds are of this make; so is none of random.
      const auto key = KeyOf<smp::Ltk>(static_cast<uint8_t>(first));
      const std::string octets(key.Reveal().begin(), key.Reveal().end());
      std::string digits;
      for (const uint8_t octet : key.Reveal()) {
        digits += fmt::format("{:02x}", octet);
      }
      if (content.find(octets.substr(0, 8)) != content.npos ||
          content.find(digits.substr(0, 16)) != content.npos) {
        return true;
      }
    }
    return false;
  };
  // It would be found where there is one: as digits, and as octets.
  EXPECT_TRUE(holds_key(Exported()));
  const auto ltk = BondWithPeer(1).data.local_ltk->ltk.Clone();
  EXPECT_TRUE(
      holds_key("x" + std::string(ltk.Reveal().begin(), ltk.Reveal().end())));
  const auto look = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(Path())) {
      EXPECT_FALSE(holds_key(ReadWholeFile(entry))) << entry;
    }
  };
  look();
  Close();
  look();
  Must(Rekey(Path(), {}));
  look();
}

TEST_F(TransferTest, RefusesBothWhenItIsLocked) {
  MakeStore();
  std::filesystem::remove(File("bonds.key"));
  Open();
  const auto outcome = Export(TransferFormat::kJson);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCrypto);
  EXPECT_EQ(Exported(), "");
  ExpectRefused(Import(TransferFormat::kJson), ErrorCode::kCrypto);
}

}  // namespace
}  // namespace bondd::bonds
