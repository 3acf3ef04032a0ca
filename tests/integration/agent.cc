#include "tests/integration/agent.h"

namespace bondd::integration {
namespace {

constexpr char kPath[] = "/test/agent";
constexpr char kManager[] = "org.bondd.AgentManager1";

}  // namespace

Agent::Agent(BusClient& bus, const std::string& capability) {
  bus.Serve(kPath, [this](std::unique_ptr<IncomingCall> call) {
    OnCall(std::move(call));
  });
  bus.Must("/org/bondd", kManager, "RegisterAgent", "osa{sv}",
           {kPath, capability, Json::object()});
  bus.Must("/org/bondd", kManager, "RequestDefaultAgent", "o",
           Json::array({kPath}));
}

void Agent::EnterPasskey(uint32_t passkey) {
  passkey_request_->Reply("u", Json::array({passkey}));
  passkey_request_.reset();
}

void Agent::RefusePasskey() {
  passkey_request_->Refuse("org.bondd.Error.Rejected");
  passkey_request_.reset();
}

void Agent::OnCall(std::unique_ptr<IncomingCall> call) {
  const std::string member = call->member();
  const Json arguments = call->arguments();
  if (member == "Cancel") withdrawn_.push_back(arguments.at(0));
  if (member == "DisplayPasskey") passkey_shown_ = arguments.at(1);
  if (member == "RequestPasskey") {
    passkey_request_ = std::move(call);
    return;
  }
  if (member == "RequestConfirmation") {
    numbers_shown_.push_back(arguments.at(1));
  } else if (member == "RequestAuthorization") {
    ++consents_asked_;
  } else {
    call->Reply();
    return;
  }
  switch (answer_) {
    case Answer::kAccept:
      call->Reply();
      break;
    case Answer::kRefuse:
      call->Refuse("org.bondd.Error.Rejected");
      break;
    case Answer::kNone:
      open_.push_back(std::move(call));
      break;
  }
}

}  // namespace bondd::integration
