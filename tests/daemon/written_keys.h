// Keys as they may be written down somewhere, to look for them there.

#ifndef BONDD_TESTS_DAEMON_WRITTEN_KEYS_H_
#define BONDD_TESTS_DAEMON_WRITTEN_KEYS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "tests/integration/bus.h"

namespace bondd::daemon::test {

// All that is in the file.
std::string ReadFile(const std::filesystem::path& path);

// Appends all strings of `value`, at any depth, that spell 16 octets.
void CollectKeys(const integration::Json& value,
                 std::vector<std::string>& keys);

// "0aff" and the octets 0x0a, 0xff; a list of numbers to Json.
std::string OctetsOf(const std::string& hex);
std::string HexOf(const integration::Json& octets);

// The key `hex` in each way that it might be written down: octets and
// hexadecimal digits, forwards and backwards.
std::vector<std::string> WaysToWrite(const std::string& hex);

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_WRITTEN_KEYS_H_
