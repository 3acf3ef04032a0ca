// What a member of the group might send to do harm.

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "common/unique_fd.h"
#include "tests/dbus/bus_test.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;
using testing::Return;
using testing::StartsWith;

class HostileTest : public BusTest {
 protected:
  void SetUp() override {
    BusTest::SetUp();
    client_ = &NewClient();
  }
  Outcome Predict(const Options& options) {
    return Await(client_->Call(root_, "Manager1.Predict", options, Options{}));
  }

  Client* client_ = nullptr;
};

TEST_F(HostileTest, TakesNoMoreThanSixtyFourEntries) {
  Options options;
  for (int i = 0; i < 1000; ++i) {
    options["Key" + std::to_string(i)] = U(1);
  }
  EXPECT_EQ(Predict(options).message,
            "InvalidArguments: options: more than 64 entries");
}

TEST_F(HostileTest, TakesNoLongValues) {
  const std::string megabytes(4 << 20, 'x');
  EXPECT_EQ(Predict({{"Mitm", S(megabytes)}}).message,
            "InvalidArguments: Mitm: longer than 512 octets");
  EXPECT_EQ(Predict({{"OobLegacyTk", Ay(4 << 20)}}).message,
            "InvalidArguments: OobLegacyTk: longer than 512 octets");
  EXPECT_EQ(Predict({{"Agent", O("/" + std::string(60'000, 'a'))}}).message,
            "InvalidArguments: Agent: longer than 512 octets");
  EXPECT_EQ(
      Predict({{"InitiatorKeys", As(std::vector<std::string>(100'000, "enc"))}})
          .message,
      "InvalidArguments: InitiatorKeys: too long a list");
  EXPECT_EQ(Predict({{megabytes, U(1)}}).message,
            "InvalidArguments: " + std::string(64, 'x') + ": unknown key");
  EXPECT_EQ(Await(client_->Call(connection_, "Connection1.SetOobLegacy",
                                Octets(4 << 20)))
                .message,
            "InvalidArguments: octets: longer than 512 octets");
}

TEST_F(HostileTest, EchoesNoControlCharacters) {
  EXPECT_EQ(Predict({{"\x1B[2J\n\xC3\xBC", U(1)}}).message,
            "InvalidArguments: ?[2J???: unknown key");
}

TEST_F(HostileTest, TakesNoContainersOrDescriptorsAsValues) {
  EXPECT_EQ(
      Predict({{"Mitm", sdbus::Variant(Options{{"Mitm", U(1)}})}}).message,
      "InvalidArguments: Mitm: values of type a{sv} are not taken");
  EXPECT_EQ(Predict({{"Mitm", sdbus::Variant(sdbus::UnixFd(0))}}).message,
            "InvalidArguments: Mitm: values of type h are not taken");
  EXPECT_THAT(Predict({{"Mitm", sdbus::Variant(1.5)}}).message,
              StartsWith("InvalidArguments: Mitm: "));
}

// Two pipes' ends, for transfers.
struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reading = UniqueFd(ends[0]);
    writing = UniqueFd(ends[1]);
  }
  UniqueFd reading;
  UniqueFd writing;
};

TEST_F(HostileTest, ClosesDescriptorsThatNoMethodTakes) {
  Pipe pipe;
  Predict({{"Mitm", sdbus::Variant(sdbus::UnixFd(pipe.writing.get()))}});
  pipe.writing.Close();
  Settle();
  // Every other copy is closed: the reading end sees the end.
  char octet = 0;
  ::fcntl(pipe.reading.get(), F_SETFL, O_NONBLOCK);
  EXPECT_EQ(::read(pipe.reading.get(), &octet, 1), 0);
}

TEST_F(HostileTest, TakesOnlyDescriptorsThatFitATransfer) {
  Pipe pipe;
  const UniqueFd directory(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd path(::open("/", O_PATH | O_CLOEXEC));
  const auto outcome = [&](const char* method, int fd) {
    return Await(client_->Call(adapter_, method, sdbus::UnixFd(fd),
                               std::string("json"), Options{}))
        .message;
  };
  EXPECT_EQ(outcome("Adapter1.ExportBonds", pipe.reading.get()),
            "InvalidArguments: fd: is not open for writing");
  EXPECT_EQ(outcome("Adapter1.ImportBonds", pipe.writing.get()),
            "InvalidArguments: fd: is not open for reading");
  EXPECT_EQ(outcome("Adapter1.ImportBonds", directory.get()),
            "InvalidArguments: fd: is no regular file, pipe or socket");
  EXPECT_EQ(outcome("Adapter1.ExportBonds", path.get()),
            "InvalidArguments: fd: is no regular file, pipe or socket");
}

TEST_F(HostileTest, HandsTheDescriptorOfATransferOn) {
  Pipe pipe;
  UniqueFd taken;
  EXPECT_CALL(operations_, ExportBonds(_, _, "sim0", _, BondFormat::kBlueZ, _))
      .WillOnce([&](CallId call, const Caller&, const std::string&, UniqueFd fd,
                    BondFormat, const ExportOptions& options) {
        EXPECT_EQ(options.address, Peer());
        taken = std::move(fd);
        service_->Reply(call, NoValue{});
      });
  EXPECT_CALL(operations_, ImportBonds(_, _, "sim0", _, BondFormat::kJson, _))
      .WillOnce([&](CallId call, const Caller&, const std::string&, UniqueFd,
                    BondFormat, const ImportOptions& options) {
        EXPECT_EQ(options.replace, smp::ReplaceOption::kNever);
        service_->Reply(call, std::vector<ObjectPathValue>{{bond_}});
      });
  EXPECT_EQ(Await(client_->Call(adapter_, "Adapter1.ExportBonds",
                                sdbus::UnixFd(pipe.writing.get()),
                                std::string("bluez"),
                                Options{{"Address", S(kPeerText)},
                                        {"AddressType", S("public")}}))
                .error,
            "");
  EXPECT_EQ(::write(taken.get(), "x", 1), 1);
  const auto imported = Await(client_->Call(adapter_, "Adapter1.ImportBonds",
                                            sdbus::UnixFd(pipe.reading.get()),
                                            std::string("json"),
                                            Options{{"Replace", S("never")}}))
                            .Get<std::vector<sdbus::ObjectPath>>();
  EXPECT_THAT(imported, testing::ElementsAre(sdbus::ObjectPath(bond_)));
}

TEST_F(HostileTest, RefusesFormatsAndOptionsOfTransfers) {
  Pipe pipe;
  const auto import = [&](const std::string& format, const Options& options) {
    return Await(client_->Call(adapter_, "Adapter1.ImportBonds",
                               sdbus::UnixFd(pipe.reading.get()), format,
                               options))
        .message;
  };
  EXPECT_EQ(import("wireshark", {}),
            "InvalidArguments: format: wireshark is for export only");
  EXPECT_EQ(import("xml", {}),
            "InvalidArguments: format: is none of json, bluez, wireshark");
  EXPECT_EQ(import("json", {{"Replace", S("ask")}}),
            "InvalidArguments: Replace: is none of never, not-weaker, always");
}

// Octets of memory that are in use, of this process with all its clients.
size_t InUse() { return ::mallinfo2().uordblks; }

TEST_F(HostileTest, AnswersAFloodOfCallsInFlatMemory) {
  constexpr int kCalls = 10'000;
  EXPECT_CALL(operations_, GetPrompt(_, link_))
      .WillRepeatedly(Return(ApiFail("NotAuthorized", "")));
  int answered = 0;
  size_t before = 0;
  for (int round = 0; round < 2; ++round) {
    if (round == 1) before = InUse();
    std::vector<std::shared_ptr<Outcome>> outcomes;
    for (int i = 0; i < kCalls; ++i) {
      outcomes.push_back(client_->Call(connection_, "Connection1.GetPrompt"));
    }
    // The bus itself answers some of them at once.
    for (const auto& outcome : outcomes) {
      Await(outcome);
      answered += outcome->done;
    }
  }
  EXPECT_EQ(answered, 2 * kCalls);
  EXPECT_LT(InUse(), before + (1 << 20));
}

TEST_F(HostileTest, ThousandMatchRulesOfAMemberCostNothing) {
  constexpr int kMany = 1000;
  EXPECT_CALL(operations_, GetPrompt(_, link_))
      .WillRepeatedly(Return(ApiFail("NotAuthorized", "")));
  client_->Listen();
  const auto bus = sdbus::createProxy(
      client_->connection(), compat::ServiceName("org.freedesktop.DBus"),
      sdbus::ObjectPath("/org/freedesktop/DBus"));
  for (int i = 0; i < kMany; ++i) {
    auto call =
        bus->createMethodCall(compat::InterfaceName("org.freedesktop.DBus"),
                              compat::MethodName("AddMatch"));
    call << "type='signal',sender='org.bondd',arg" + std::to_string(i % 64) +
                "='" + std::to_string(i) + "'";
    call.dontExpectReply();
    bus->callMethod(call);
  }
  const auto signal_all = [&] {
    client_->ForgetHeard();
    for (int i = 0; i < kMany; ++i) {
      service_->EmitPairingCompleted(link_, {});
      // The daemon is not to fill its queue faster than its bus takes it.
      if (i % 100 == 0) Settle();
    }
    Await([&] { return client_->heard().size() == kMany; });
  };
  signal_all();
  const size_t before = InUse();
  signal_all();
  EXPECT_LT(InUse(), before + (1 << 20));
  EXPECT_EQ(Await(client_->Call(connection_, "Connection1.GetPrompt")).error,
            "NotAuthorized");
}

// The loop has to come back to the radio in between.
TEST_F(HostileTest, HandlesABoundedNumberOfCallsInATurn) {
  int handled = 0;
  EXPECT_CALL(operations_, StopScan(_)).WillRepeatedly([&] {
    ++handled;
    return ApiResult<void>();
  });
  for (int i = 0; i < 100; ++i) client_->Call(adapter_, "Adapter1.StopScan");
  while (client_->Poll().events & POLLOUT) client_->Process();
  // A round trip over another connection: all calls have reached the bus.
  Client probe(bus_.address());
  probe.Listen();
  int most = 0;
  while (handled < 100) {
    const int before = handled;
    ASSERT_TRUE(service_->Process());
    most = std::max(most, handled - before);
  }
  EXPECT_LE(most, 16);
}

}  // namespace
}  // namespace bondd::dbus::test
