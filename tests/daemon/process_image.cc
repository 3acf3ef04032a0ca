#include "tests/daemon/process_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "common/unique_fd.h"

namespace bondd::daemon::test {

namespace {

// A line of /proc/PID/maps.
struct Mapping {
  uintptr_t start = 0;
  uintptr_t end = 0;
  std::string rights;
  std::string name;

  bool IsWritable() const { return rights.find('w') != rights.npos; }
  // The notes of the address sanitizer: nothing else is so large.
  bool IsShadow() const { return end - start > uintptr_t{1} << 40; }
  // Where it has the heap, on 64-bit machines.
  bool IsSanitizedHeap() const {
    return start >= 0x500000000000 && start < 0x540000000000;
  }
};

std::vector<Mapping> MappingsOf(const std::string& place) {
  std::vector<Mapping> mappings;
  std::ifstream maps(place + "maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    char dash = 0;
    std::string skipped;
    Mapping mapping;
    words >> std::hex >> mapping.start >> dash >> mapping.end;
    words >> mapping.rights >> skipped >> skipped >> skipped >> mapping.name;
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

}  // namespace

ProcessImage::ProcessImage(pid_t pid) {
  const std::string place = fmt::format("/proc/{}/", pid);
  const UniqueFd memory(::open((place + "mem").c_str(), O_RDONLY | O_CLOEXEC));
  const std::vector<Mapping> mappings = MappingsOf(place);
  const bool sanitized = std::ranges::any_of(mappings, &Mapping::IsShadow);
  for (const Mapping& mapping : mappings) {
    if (!mapping.IsWritable()) continue;
    if (sanitized && !mapping.IsSanitizedHeap()) continue;
    Area area{mapping.name, mapping.start, {}};
    area.octets.resize(mapping.end - mapping.start);
    const ssize_t got =
        ::pread(memory.get(), area.octets.data(), area.octets.size(),
                static_cast<off_t>(mapping.start));
    // One that is gone by now has nothing any more.
    area.octets.resize(got < 0 ? 0 : static_cast<size_t>(got));
    areas_.push_back(std::move(area));
  }
  if (areas_.empty()) {
    throw std::runtime_error("no memory to be seen in " + place);
  }
}

std::vector<std::string> ProcessImage::Find(std::string_view octets) const {
  std::vector<std::string> places;
  for (const Area& area : areas_) {
    const std::string_view all = area.octets;
    for (size_t at = all.find(octets); at != all.npos;
         at = all.find(octets, at + 1)) {
      places.push_back(fmt::format("{}@{:x}+{:#x}", area.name, area.start, at));
    }
  }
  return places;
}

}  // namespace bondd::daemon::test
