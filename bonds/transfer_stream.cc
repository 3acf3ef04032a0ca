#include "bonds/transfer_stream.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>

#include "bonds/transfer.h"
#include "bonds/user_space.h"
#include "common/unique_fd.h"

namespace bondd::bonds {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kChunkSize = 64 << 10;

enum class Kind { kFile, kPipe, kSocket };

// How much went through; nothing: it would have to wait.
using Moved = std::optional<size_t>;

// Whatever is wrong with it is the doing of whoever passed it on.
std::unexpected<Error> Failure(int number) {
  Error error = ErrnoError(number, "the file descriptor");
  error.code = ErrorCode::kInvalidArgument;
  return std::unexpected(std::move(error));
}

Result<Moved> MovedOrError(ssize_t count) {
  if (count >= 0) return static_cast<size_t>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    return std::nullopt;
  }
  return Failure(errno);
}

// One open end of somebody's, with a pipe of our own in front of it: between
// two pipes octets can be moved without waiting, whatever the flags of the
// other one are.
class Stream {
 public:
  static Result<Stream> Open(int fd, int access, std::chrono::milliseconds time,
                             const Meanwhile& meanwhile) {
    struct statx status {};
    const int flags = ::fcntl(fd, F_GETFL);
    // What the kernel knows by itself: a process that serves the file could
    // keep whoever asks it waiting for ever.
    const int known = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
    if (flags < 0 || ::statx(fd, "", known, STATX_TYPE, &status) != 0) {
      return Failure(errno);
    }
    const int mode = flags & O_ACCMODE;
    if ((flags & O_PATH) != 0 || (mode != O_RDWR && mode != access)) {
      return Fail(ErrorCode::kInvalidArgument,
                  access == O_RDONLY ? "the file descriptor can't be read"
                                     : "the file descriptor can't be written");
    }
    Stream stream(fd, time, meanwhile);
    if (S_ISREG(status.stx_mode)) {
      if (MayBeInUserSpace(status.stx_dev_major, status.stx_dev_minor)) {
        return Fail(ErrorCode::kInvalidArgument,
                    "the file may be on a file system in user space: use a "
                    "pipe");
      }
      // A process' memory may be a file of that kind.
      if (IsOfProc(fd)) {
        return Fail(ErrorCode::kInvalidArgument, "the file is one of /proc");
      }
      stream.kind_ = Kind::kFile;
    } else if (S_ISFIFO(status.stx_mode)) {
      stream.kind_ = Kind::kPipe;
      if (auto made = stream.MakePipe(); !made) {
        return std::unexpected(std::move(made.error()));
      }
    } else if (S_ISSOCK(status.stx_mode) && IsStreamSocket(fd)) {
      stream.kind_ = Kind::kSocket;
    } else {
      return Fail(ErrorCode::kInvalidArgument,
                  "the file descriptor is no file, pipe or stream socket");
    }
    return stream;
  }

  // 0 = the end.
  Result<size_t> Read(std::span<char> out) {
    while (true) {
      if (auto ready = AwaitReady(POLLIN); !ready) {
        return std::unexpected(std::move(ready.error()));
      }
      const Result<Moved> moved = TryRead(out);
      if (!moved) return std::unexpected(moved.error());
      if (*moved) return **moved;
    }
  }

  Result<size_t> Write(std::string_view text) {
    while (true) {
      if (auto ready = AwaitReady(POLLOUT); !ready) {
        return std::unexpected(std::move(ready.error()));
      }
      const Result<Moved> moved = TryWrite(text.substr(0, kChunkSize));
      if (!moved) return std::unexpected(moved.error());
      if (*moved) return **moved;
    }
  }

 private:
  Stream(int fd, std::chrono::milliseconds time, const Meanwhile& meanwhile)
      : fd_(fd), deadline_(Clock::now() + time), meanwhile_(meanwhile) {}

  static bool IsOfProc(int fd) {
    struct statfs system {};
    return ::fstatfs(fd, &system) != 0 || system.f_type == PROC_SUPER_MAGIC;
  }

  static bool IsStreamSocket(int fd) {
    int type = 0;
    socklen_t size = sizeof(type);
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_STREAM;
  }

  Result<void> MakePipe() {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
      return Failure(errno);
    }
    pipe_out_ = UniqueFd(ends[0]);
    pipe_in_ = UniqueFd(ends[1]);
    return {};
  }

  Result<Moved> TryRead(std::span<char> out) {
    if (kind_ == Kind::kFile) {
      return MovedOrError(::read(fd_, out.data(), out.size()));
    }
    if (kind_ == Kind::kSocket) {
      return MovedOrError(::recv(fd_, out.data(), out.size(), MSG_DONTWAIT));
    }
    const Result<Moved> taken = MovedOrError(::splice(
        fd_, nullptr, pipe_in_.get(), nullptr, out.size(), SPLICE_F_NONBLOCK));
    if (!taken || !*taken || **taken == 0) return taken;
    return MovedOrError(::read(pipe_out_.get(), out.data(), **taken));
  }

  Result<Moved> TryWrite(std::string_view text) {
    if (kind_ == Kind::kFile) {
      return MovedOrError(::write(fd_, text.data(), text.size()));
    }
    if (kind_ == Kind::kSocket) {
      return MovedOrError(
          ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    }
    // What was put into our pipe has to leave it before there is more.
    if (in_pipe_ == 0) {
      const Result<Moved> put = MovedOrError(::write(
          pipe_in_.get(), text.data(), std::min(text.size(), kPipeFill)));
      if (!put || !*put) return put;
      in_pipe_ = **put;
    }
    const Result<Moved> gone = MovedOrError(::splice(
        pipe_out_.get(), nullptr, fd_, nullptr, in_pipe_, SPLICE_F_NONBLOCK));
    if (gone && *gone) in_pipe_ -= **gone;
    return gone;
  }

  Result<void> AwaitReady(short events) const {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          deadline_ - Clock::now());
      std::array<pollfd, 2> fds = {
          {{.fd = fd_, .events = events, .revents = 0},
           {.fd = meanwhile_.fd, .events = POLLIN, .revents = 0}}};
      const int wait = static_cast<int>(std::max<int64_t>(left.count(), 0));
      const int ready = ::poll(fds.data(), fds.size(), wait);
      if (ready < 0 && errno != EINTR) return Failure(errno);
      if (ready == 0 || wait == 0) {
        return Fail(ErrorCode::kTimedOut,
                    "the other end of the file descriptor took too long");
      }
      if (ready < 0) continue;
      if (fds[1].revents != 0) {
        if (auto done = meanwhile_.run(); !done) return done;
      }
      if (fds[0].revents != 0) return {};
    }
  }

  static constexpr size_t kPipeFill = 4096;

  int fd_;
  Clock::time_point deadline_;
  const Meanwhile& meanwhile_;
  Kind kind_ = Kind::kFile;
  UniqueFd pipe_out_;
  UniqueFd pipe_in_;
  size_t in_pipe_ = 0;
};

}  // namespace

Result<WipedText> ReadAll(int fd, std::chrono::milliseconds time,
                          const Meanwhile& meanwhile) {
  Result<Stream> stream = Stream::Open(fd, O_RDONLY, time, meanwhile);
  if (!stream) return std::unexpected(std::move(stream.error()));
  WipedText text;
  while (true) {
    const size_t before = text.size();
    text.resize(before + kChunkSize);
    const Result<size_t> count = stream->Read(std::span(text).subspan(before));
    if (!count) return std::unexpected(count.error());
    text.resize(before + *count);
    if (*count == 0) return text;
    if (text.size() > kMaxTransferSize) {
      return Fail(ErrorCode::kInvalidArgument,
                  "there is more than 64 MiB to read");
    }
  }
}

Result<void> WriteAll(int fd, std::string_view text,
                      std::chrono::milliseconds time,
                      const Meanwhile& meanwhile) {
  Result<Stream> stream = Stream::Open(fd, O_WRONLY, time, meanwhile);
  if (!stream) return std::unexpected(std::move(stream.error()));
  while (!text.empty()) {
    const Result<size_t> count = stream->Write(text);
    if (!count) return std::unexpected(count.error());
    text.remove_prefix(*count);
  }
  return {};
}

}  // namespace bondd::bonds
