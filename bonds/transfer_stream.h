// Reads and writes the descriptor of a stranger, who may do with the other end
// what he likes.

#ifndef BONDD_BONDS_TRANSFER_STREAM_H_
#define BONDD_BONDS_TRANSFER_STREAM_H_

#include <chrono>
#include <functional>
#include <string_view>

#include "bonds/wiped_text.h"
#include "common/error.h"

namespace bondd::bonds {

// What there is to do while the other end keeps us waiting.
struct Meanwhile {
  int fd = -1;  // readable when there is something; -1 = there never is
  // Does it. An error ends the transfer.
  std::function<Result<void>()> run = {};
};

// Both on a thread that has SIGPIPE and SIGXFSZ blocked. The descriptor is a
// regular file, a pipe or a stream socket, open for the direction, else
// kInvalidArgument; its flags are left alone, and neither waits longer than
// `time` (kTimedOut), however the descriptor is set or whoever else uses it.

// To the end; kInvalidArgument, too: there is more than kMaxTransferSize.
Result<WipedText> ReadAll(int fd, std::chrono::milliseconds time,
                          const Meanwhile& meanwhile = {});
// All of it. kInvalidArgument, too: nobody reads any more, or there is no room.
Result<void> WriteAll(int fd, std::string_view text,
                      std::chrono::milliseconds time,
                      const Meanwhile& meanwhile = {});

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_TRANSFER_STREAM_H_
