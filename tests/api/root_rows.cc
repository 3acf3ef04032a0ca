// Manager1 and AgentManager1.

#include "tests/api/row.h"

namespace bondd::api::test {

namespace {

Json Options(const std::string& key, const Json& value) {
  Json options = Json::object();
  options[key] = value;
  return options;
}

// Two users, and the first one's agent is the default.
std::unique_ptr<Call> TakeOverTheDefault(Bed& bed, const Row& row) {
  bed.Seat(bed.central_, "KeyboardDisplay").make_default();
  BusClient& stranger = bed.stranger();
  bed.Seat(stranger, "KeyboardDisplay");
  return bed.Finish(stranger, row.method, "o", Json::array({kAgentPath}));
}

std::unique_ptr<Call> Register(Bed& bed, const Row& row, int number) {
  return bed.Finish(bed.central_, row.method, "osa{sv}",
                    Json::array({"/test/agent" + std::to_string(number),
                                 "DisplayYesNo", kNothing}));
}

}  // namespace

Rows RootRows() {
  const auto predict = [](const Json& local, const Json& peer) {
    return With("a{sv}a{sv}", Json::array({local, peer}));
  };
  const auto agent = [](const std::string& path, const std::string& capability,
                        const Json& options) {
    return With("osa{sv}", Json::array({path, capability, options}));
  };
  const Json contradiction = {{"SecureConnections", "off"},
                              {"RequireLevel", 4}};
  using enum Stage;
  return {
      {kIdle, "Manager1.Predict", "", "",
       [](Bed& bed, const Row& row) {
         auto call =
             bed.Finish(bed.central_, row.method, "a{sv}a{sv}",
                        Json::array({Options("IoCapability", "KeyboardDisplay"),
                                     Options("IoCapability", "DisplayYesNo")}));
         EXPECT_EQ(call->values().at(0)["Method"], "NumericComparison");
         return call;
       }},
      {kIdle, "Manager1.Predict", "InvalidArguments", "Colour",
       predict(Options("Colour", "red"), kNothing)},
      {kIdle, "Manager1.Predict", "InvalidArguments", "Mitm",
       predict(kNothing, Options("Mitm", true))},
      {kIdle, "Manager1.Predict", "InvalidArguments", "RequireLevel",
       predict(Options("RequireLevel", 5), kNothing)},
      {kIdle, "Manager1.Predict", "NotAchievable", "local",
       predict(contradiction, kNothing)},
      {kIdle, "Manager1.Predict", "NotAchievable", "peer",
       predict(kNothing, contradiction)},

      {kFresh, "AgentManager1.RegisterAgent", "", "",
       agent("/test/agent", "", kNothing)},
      {kIdle, "AgentManager1.RegisterAgent", "InvalidArguments", "capability",
       agent("/test/agent", "Telepathy", kNothing)},
      {kIdle, "AgentManager1.RegisterAgent", "InvalidArguments", "Colour",
       agent("/test/agent", "", Options("Colour", "red"))},
      {kFresh, "AgentManager1.RegisterAgent", "InvalidArguments", "agent",
       [](Bed& bed, const Row& row) {
         EXPECT_EQ(Register(bed, row, 1)->error(), "");
         return Register(bed, row, 1);
       }},
      {kFresh, "AgentManager1.RegisterAgent", "Busy", "too many agents",
       [](Bed& bed, const Row& row) {
         for (int i = 1; i <= 16; ++i) {
           EXPECT_EQ(Register(bed, row, i)->error(), "");
         }
         return Register(bed, row, 17);
       }},

      {kFresh, "AgentManager1.UnregisterAgent", "", "",
       [](Bed& bed, const Row& row) {
         bed.Seat(bed.central_, "DisplayOnly");
         return bed.Finish(bed.central_, row.method, "o",
                           Json::array({kAgentPath}));
       }},
      {kIdle, "AgentManager1.UnregisterAgent", "DoesNotExist", "agent",
       With("o", Json::array({"/test/other"}))},

      {kFresh, "AgentManager1.RequestDefaultAgent", "", "",
       [](Bed& bed, const Row& row) {
         bed.Seat(bed.stranger(), "DisplayOnly").make_default();
         bed.Seat(bed.central_, "DisplayOnly");
         return bed.Finish(bed.central_, row.method, "o",
                           Json::array({kAgentPath}));
       }},
      {kIdle, "AgentManager1.RequestDefaultAgent", "DoesNotExist", "agent",
       With("o", Json::array({"/test/other"}))},
      {kFresh, "AgentManager1.RequestDefaultAgent", "NotAuthorized",
       "somebody else's", TakeOverTheDefault},
  };
}

}  // namespace bondd::api::test
