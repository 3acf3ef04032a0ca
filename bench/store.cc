// What the bond store costs, each figure beside the floor that it stands on,
// taken in the same run.
//
// usage: bench-store DIRECTORY [BONDS...]
//
// DIRECTORY is on the disk to be measured, not in memory. BONDS are the numbers
// of bonds; 10, 1000, 10000 and 100000 if there are none.

#include "bonds/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bonds/bond_file.h"
#include "bonds/database.h"
#include "bonds/key_ring.h"
#include "bonds/ledger.h"
#include "bonds/row_writer.h"
#include "bonds/state_directory.h"
#include "common/unique_fd.h"
#include "smp/crypto.h"

namespace bondd::bench {
namespace {

using bonds::Bond;
using bonds::Store;
constexpr clockid_t kWall = CLOCK_MONOTONIC;
constexpr clockid_t kProcessor = CLOCK_THREAD_CPUTIME_ID;
using std::filesystem::path;

template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
void Must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

// Nanoseconds of each of several runs: as they pass for what waits for a disk,
// of the thread's processor time for what does not, which other processes then
// can't disturb.
class Figures {
 public:
  explicit Figures(clockid_t clock) : clock_(clock) {}

  template <typename Run>
  void Take(Run run) {
    const double start = Now();
    run();
    runs_.push_back(Now() - start);
  }
  double Least() const { return *std::ranges::min_element(runs_); }
  double Median() const {
    std::vector<double> sorted = runs_;
    std::ranges::sort(sorted);
    return sorted[sorted.size() / 2];
  }

 private:
  double Now() const {
    timespec time = {};
    ::clock_gettime(clock_, &time);
    return static_cast<double>(time.tv_sec) * 1e9 +
           static_cast<double>(time.tv_nsec);
  }

  clockid_t clock_;
  std::vector<double> runs_;
};

// `floors` is the median in floors; 0 = there is none for it.
void PrintRow(std::string_view what, size_t count, double least, double median,
              std::string_view unit, double floors, std::string_view target) {
  const std::string ratio = floors == 0 ? "" : fmt::format("{:.2f}", floors);
  fmt::print("{:<34} {:>7} {:>9.1f} {:>9.1f} {:<9} {:>6}  {}\n", what, count,
             least, median, unit, ratio, target);
}

// --- Floors.

// One page to the disk.
class PageWriter {
 public:
  explicit PageWriter(const path& file)
      : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    // Its blocks are there before, as those of a log that was used are.
    for (off_t page = 0; page < kPages; ++page) Write(page);
  }
  void WriteOne() { Write(next_++ % kPages); }

 private:
  static constexpr off_t kPages = 256;

  void Write(off_t page) {
    const auto size = static_cast<ssize_t>(page_.size());
    if (::pwrite(fd_.get(), page_.data(), page_.size(), page * size) != size ||
        ::fdatasync(fd_.get()) != 0) {
      throw std::runtime_error("cannot write a page");
    }
  }

  UniqueFd fd_;
  std::array<char, 4096> page_ = {};
  off_t next_ = 0;
};

// One AES-128 block under a new key, in a context that is kept.
void EncryptBlock(EVP_CIPHER_CTX* context, const uint8_t* key) {
  std::array<uint8_t, 16> block = {};
  int size = 0;
  EVP_EncryptInit_ex(context, nullptr, nullptr, key, nullptr);
  EVP_EncryptUpdate(context, block.data(), &size, block.data(), 16);
}

double BlockFloor() {
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, nullptr,
                     nullptr);
  constexpr int kBlocks = 100'000;
  Figures figures(kProcessor);
  for (int run = 0; run < 9; ++run) {
    figures.Take([&] {
      std::array<uint8_t, 16> key = {};
      for (int i = 0; i < kBlocks; ++i) {
        ++key[static_cast<size_t>(i) % 16];
        EncryptBlock(context.get(), key.data());
      }
    });
  }
  return figures.Median() / kBlocks;
}

// --- Bonds.

template <typename Key>
Key KeyOf(uint32_t number) {
  std::array<uint8_t, Key::kSize> octets;
  for (size_t i = 0; i < octets.size(); ++i) {
    octets[i] = static_cast<uint8_t>((number >> (8 * (i % 4))) + 31 * i + 1);
  }
  return Key(std::span<const uint8_t, Key::kSize>(octets));
}

DeviceAddress AdapterAddress() {
  return *DeviceAddress::Parse("02:B0:DD:00:00:00", AddressType::kPublic);
}

Bond BondOf(uint32_t number) {
  Bond bond;
  bond.adapter = AdapterAddress();
  smp::BondData& data = bond.data;
  for (size_t i = 0; i < 4; ++i) {
    data.identity.octets[i] = static_cast<uint8_t>(number >> (8 * i));
  }
  data.identity.octets[5] = 0xA0;
  data.model = smp::AssociationModel::kNumericComparison;
  data.security = {
      .authenticated = true, .secure_connections = true, .key_size = 16};
  data.local_ltk = smp::LongTermKey{.ltk = KeyOf<smp::Ltk>(number)};
  data.peer_ltk = data.local_ltk->Clone();
  data.peer_irk = KeyOf<smp::Irk>(number + 1);
  data.local_csrk = KeyOf<smp::Csrk>(number + 2);
  data.peer_csrk = KeyOf<smp::Csrk>(number + 3);
  bond.created = 1'700'000'000'000'000;
  bond.name = "Thermometer";
  return bond;
}

// Puts that many bonds into both files at once, and closes them.
void FillHere(const path& directory, size_t count) {
  // Makes the key and the files.
  Must(Store::Open({.directory = directory}));
  const auto state = Must(bonds::StateDirectory::Open(directory));
  const bonds::KeyRing ring = bonds::ReadKeyRing(state, {});
  auto sealer = Must(bonds::Sealer::Make(ring.keys.front().key));
  bonds::Contents contents;
  contents.generation = count;
  for (uint32_t i = 0; i < count; ++i) {
    contents.bonds.push_back(BondOf(i));
    contents.bonds.back().generation = i + 1;
  }
  for (const char* name : {bonds::kBondFileName, bonds::kCopyFileName}) {
    auto file = Must(bonds::BondFile::Open(state.File(name)));
    Must(file.Replace(contents, {}, sealer));
    Must(file.database().Checkpoint());
  }
}

// In a process of its own: this one's memory is as that of a bondd that starts.
void Fill(const path& directory, size_t count) {
  const pid_t child = ::fork();
  if (child == 0) {
    FillHere(directory, count);
    std::_Exit(0);
  }
  int status = -1;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error("cannot fill a store");
  }
}

void Await(Store& store, bonds::RequestId request) {
  while (true) {
    pollfd poll_fd{.fd = store.fd(), .events = POLLIN, .revents = 0};
    ::poll(&poll_fd, 1, -1);
    for (const bonds::Completion& completion : store.TakeCompletions()) {
      Must(completion.outcome);
      if (completion.request == request) return;
    }
  }
}

DeviceAddress PrivateAddress(const smp::Irk& irk, uint32_t number) {
  const std::array<uint8_t, 3> prand = {
      static_cast<uint8_t>(number), static_cast<uint8_t>(number >> 8),
      static_cast<uint8_t>(0x40 | (number >> 16 & 0x3F))};
  const std::array<uint8_t, 3> hash = smp::ah(irk, prand);
  return {.type = AddressType::kRandom,
          .octets = {hash[0], hash[1], hash[2], prand[0], prand[1], prand[2]}};
}

// --- What is measured, at one number of bonds.

// What a bond takes in floors: one that is there is written anew, each time
// another one, wherever it lies.
double MeasureWrites(Store& store, const path& directory, size_t count) {
  constexpr size_t kRuns = 300;
  PageWriter page(directory / "page");
  Figures floor(kWall);
  Figures put(kWall);
  Figures counter(kWall);
  for (size_t i = 0; i < kRuns; ++i) {
    floor.Take([&] { page.WriteOne(); });
    constexpr size_t kStride = 7919;
    Bond bond = BondOf(static_cast<uint32_t>(i * kStride % count));
    const bonds::BondKey key = bond.key();
    put.Take([&] { Await(store, store.Save(std::move(bond))); });
    counter.Take([&] { Await(store, store.AcceptSignCounter(key, 7)); });
    // The copy is written when nothing else is: not while something is timed.
    store.Drain();
  }
  std::filesystem::remove(directory / "page");
  PrintRow("floor: 4 KiB and fdatasync", count, floor.Least() / 1e3,
           floor.Median() / 1e3, "us", 1, "");
  PrintRow("a bond, durably", count, put.Least() / 1e3, put.Median() / 1e3,
           "us", put.Median() / floor.Median(), "<= 2.5 floors");
  PrintRow("a received sign counter, durably", count, counter.Least() / 1e3,
           counter.Median() / 1e3, "us", counter.Median() / floor.Median(), "");
  return put.Median() / floor.Median();
}

void MeasureLookups(const Store& store, size_t count, double block) {
  constexpr int kRuns = 9;
  constexpr uint32_t kLookups = 100'000;
  const Bond middle = BondOf(static_cast<uint32_t>(count / 2));
  const DeviceAddress known = PrivateAddress(*middle.data.peer_irk, 77);
  const smp::Irk stranger = KeyOf<smp::Irk>(0xFFFF'FFF0);
  // As many addresses as make about a million tries.
  const size_t strangers = std::max<size_t>(1, 1'000'000 / count);
  Figures identity(kProcessor);
  Figures hit(kProcessor);
  Figures miss(kProcessor);
  uint32_t next = 0;
  for (int run = 0; run < kRuns; ++run) {
    identity.Take([&] {
      for (uint32_t i = 0; i < kLookups; ++i) store.Find(middle.key());
    });
    store.FindByAddress(AdapterAddress(), known);
    hit.Take([&] {
      for (uint32_t i = 0; i < kLookups; ++i) {
        store.FindByAddress(AdapterAddress(), known);
      }
    });
    std::vector<DeviceAddress> addresses;
    while (addresses.size() < strangers) {
      addresses.push_back(PrivateAddress(stranger, next++));
    }
    miss.Take([&] {
      for (const DeviceAddress& address : addresses) {
        store.FindByAddress(AdapterAddress(), address);
      }
    });
  }
  const auto tries = static_cast<double>(strangers * count);
  PrintRow("a private address of nobody's", count, miss.Least() / tries,
           miss.Median() / tries, "ns an IRK", miss.Median() / tries / block,
           "<= 105 ns");
  PrintRow("a private address seen before", count, hit.Least() / kLookups,
           hit.Median() / kLookups, "ns", hit.Median() / kLookups / block,
           "<= 60 ns");
  PrintRow("an identity address", count, identity.Least() / kLookups,
           identity.Median() / kLookups, "ns",
           identity.Median() / kLookups / block, "");
}

size_t UsedMemory() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Nanoseconds for a row that is read and not looked into.
double MeasureReading(const path& directory, size_t count) {
  constexpr int kRuns = 5;
  Figures reading(kProcessor);
  for (int run = 0; run < kRuns; ++run) {
    auto database =
        Must(bonds::Database::Open(directory / bonds::kBondFileName));
    reading.Take([&] {
      auto rows = Must(database.Prepare(bonds::kSelectBonds));
      size_t read = 0;
      while (Must(rows.Step())) {
        read += bonds::BondColumns(rows).sealed.empty() ? 0 : 1;
      }
      if (read != count) throw std::runtime_error("rows are missing");
    });
  }
  const auto bonds = static_cast<double>(count);
  PrintRow("floor: SQLite reads a row", count, reading.Least() / bonds,
           reading.Median() / bonds, "ns", 1, "");
  return reading.Median() / bonds;
}

std::unique_ptr<Store> MeasureLoading(const path& directory, size_t count) {
  constexpr int kRuns = 5;
  Figures first(kProcessor);
  Figures load(kProcessor);
  std::unique_ptr<Store> store;
  const auto open = [&] {
    store = Must(Store::Open({.directory = directory, .max_bonds = 200'000}));
  };
  const size_t before = UsedMemory();
  first.Take(open);
  store->Drain();
  const auto bonds = static_cast<double>(count);
  const double memory = static_cast<double>(UsedMemory() - before) / bonds;
  for (int run = 0; run < kRuns; ++run) {
    store.reset();
    load.Take(open);
    store->Drain();
  }
  store.reset();
  const double floor = MeasureReading(directory, count);
  PrintRow("to load, all together", count, load.Least() / 1e6,
           load.Median() / 1e6, "ms", 0, "");
  PrintRow("to load, each", count, load.Least() / bonds, load.Median() / bonds,
           "ns", load.Median() / bonds / floor, "<= 1000 ns");
  PrintRow("the same into new memory", count, first.Least() / bonds,
           first.Median() / bonds, "ns", first.Median() / bonds / floor, "");
  PrintRow("in memory, each", count, memory, memory, "octets", 0, "<= 512");
  open();
  store->Drain();
  return store;
}

int Run(const path& directory, const std::vector<size_t>& counts) {
  const double block = BlockFloor();
  fmt::print("{:<34} {:>7} {:>9} {:>9} {:<9} {:>6}  {}\n", "", "bonds", "least",
             "median", "", "floors", "target");
  PrintRow("floor: AES-128 block, new key", 0, block, block, "ns", 1, "");
  double first_put = 0;
  double last_put = 0;
  for (const size_t count : counts) {
    const path state = directory / fmt::format("bench-store-{}", count);
    std::filesystem::remove_all(state);
    Fill(state, count);
    const auto store = MeasureLoading(state, count);
    MeasureLookups(*store, count, block);
    last_put = MeasureWrites(*store, state, count);
    if (first_put == 0) first_put = last_put;
    std::filesystem::remove_all(state);
  }
  fmt::print("a bond, durably, among {} to among {}: {:.2f}, <= 1.25\n",
             counts.back(), counts.front(), last_put / first_put);
  return 0;
}

}  // namespace
}  // namespace bondd::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench-store DIRECTORY [BONDS...]\n");
    return 2;
  }
  std::vector<size_t> counts;
  for (int i = 2; i < argc; ++i) {
    counts.push_back(std::max(1UL, std::strtoul(argv[i], nullptr, 10)));
  }
  if (counts.empty()) counts = {10, 1'000, 10'000, 100'000};
  // What was freed stays here: handing out pages is the kernel's, and is shown
  // by the first load.
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  ::mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max());
  try {
    return bondd::bench::Run(argv[1], counts);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-store: {}\n", error.what());
    return 1;
  }
}
