#include "tests/dbus/raw_agent.h"

#include <utility>

namespace bondd::dbus::test {

RawAgent::RawAgent(const std::string& address, const std::string& path,
                   std::vector<Reply> replies)
    : replies_(std::move(replies)) {
  sd_bus_new(&bus_);
  sd_bus_set_address(bus_, address.c_str());
  sd_bus_set_bus_client(bus_, 1);
  sd_bus_start(bus_);
  sd_bus_add_object(bus_, nullptr, path.c_str(), &RawAgent::OnCall, this);
}

RawAgent::~RawAgent() { sd_bus_close_unref(bus_); }

std::string RawAgent::name() const {
  const char* name = nullptr;
  sd_bus_get_unique_name(bus_, &name);
  return name ? name : "";
}

compat::PollState RawAgent::Poll() const {
  uint64_t deadline = UINT64_MAX;
  sd_bus_get_timeout(bus_, &deadline);
  compat::PollState state{sd_bus_get_fd(bus_),
                          static_cast<short>(sd_bus_get_events(bus_)),
                          std::nullopt};
  if (deadline != UINT64_MAX) state.deadline = Time(Duration(deadline));
  return state;
}

bool RawAgent::Process() {
  int more = 1;
  while (more > 0) more = sd_bus_process(bus_, nullptr);
  return more == 0;
}

int RawAgent::OnCall(sd_bus_message* call, void* agent, sd_bus_error*) {
  auto* self = static_cast<RawAgent*>(agent);
  for (const Reply& reply : self->replies_) {
    if (reply.is_number) {
      sd_bus_reply_method_return(call, "u", reply.number);
    } else {
      sd_bus_reply_method_return(call, "s", reply.text);
    }
  }
  ++self->answered_;
  return 1;
}

}  // namespace bondd::dbus::test
