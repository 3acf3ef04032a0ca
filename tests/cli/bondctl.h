// bondctl as a process: on a pseudo-terminal as people have it, or on pipes as
// scripts do.

#ifndef BONDD_TESTS_CLI_BONDCTL_H_
#define BONDD_TESTS_CLI_BONDCTL_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "common/unique_fd.h"
#include "tests/daemon/pair.h"

namespace bondd::cli::test {

using daemon::test::kAdapter;
using daemon::test::kCentralAddress;
using daemon::test::kCentralPath;
using daemon::test::kConnection;
using daemon::test::kPeripheralAddress;
using daemon::test::kPeripheralPath;
using daemon::test::Words;
using integration::Json;
using integration::Loop;

// Collects what comes out of one descriptor.
class Reader : private integration::Source {
 public:
  Reader(Loop& loop, UniqueFd fd);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() override;

  const std::string& text() const { return text_; }
  bool ended() const { return !fd_; }
  int descriptor() const { return fd_.get(); }

 private:
  int fd() const override { return fd_.get(); }
  short events() const override;
  void Serve() override;

  Loop& loop_;
  UniqueFd fd_;
  std::string text_;
};

enum class Where { kPipes, kTerminal };

// One bondctl, or another program that is tested beside it: its whole path. It
// is killed when the object goes.
class Bondctl {
 public:
  Bondctl(Loop& loop, const Words& words, Where where,
          const std::string& program = "");
  Bondctl(const Bondctl&) = delete;
  Bondctl& operator=(const Bondctl&) = delete;
  ~Bondctl();

  // As if typed, or written to standard input.
  void Type(const std::string& text);
  // Standard input ends.
  void CloseInput() { input_.Close(); }
  void Signal(int number);
  // The exit status, once everything it wrote is here; -1 when it does not end.
  int AwaitExit();
  bool running() { return !Status(); }

  // Of a terminal all that was shown.
  const std::string& Output() const { return output_->text(); }
  // What went to standard error; on a terminal that is in Output().
  std::string Errors() const { return errors_ ? errors_->text() : ""; }
  bool Shows(const std::string& text) const;

 private:
  void StartOnPipes(const Words& command);
  void StartOnTerminal(const Words& command);
  std::optional<int> Status();

  Loop& loop_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  UniqueFd input_;
  std::optional<Reader> output_;
  std::optional<Reader> errors_;
};

struct Ran {
  int status = -1;
  std::string output;
  std::string errors;
};

// A daemon with two simulated adapters, for bondctl to talk to; the fixture
// itself stands for the user of the peripheral where a test needs one.
class BondctlTest : public daemon::test::PairTest {
 protected:
  // Adds the bus to the words.
  std::unique_ptr<Bondctl> Start(Words words, Where where = Where::kPipes);
  // Runs it to its end, without a terminal.
  Ran Run(const Words& words, const std::string& input = "");
  // The same, and gives the JSON on standard output.
  Json RunJson(Words words);
  // Connects the two adapters, without a bond; gives the central's handle as
  // bondctl takes it.
  std::string ConnectPlainly();
  std::string HandleOf(const std::string& adapter);
  // Throws what it did show when it ends, or time does.
  void AwaitShown(Bondctl& bondctl, const std::string& text);
  // The words with -a before them, for one of the adapters' paths.
  static Words On(const std::string& adapter, Words words);
};

}  // namespace bondd::cli::test

#endif  // BONDD_TESTS_CLI_BONDCTL_H_
