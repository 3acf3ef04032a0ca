// The replies of Connection1 to what a prompt asks.

#include "tests/api/row.h"

namespace bondd::api::test {

namespace {

const Json kTooFew(std::vector<int>(15, 7));
constexpr char kComparingPath[] = "/org/bondd/sim1";
constexpr char kTyping[] = "/org/bondd/sim2";
constexpr char kConsenting[] = "/org/bondd/sim3";

// By somebody whose pairing it is not.
Provoke ByAStranger(const std::string& adapter,
                    const std::string& signature = "",
                    const Json& arguments = Json::array()) {
  return [=](Bed& bed, const Row& row) {
    return bed.Finish(bed.stranger(), row.method, signature, arguments,
                      bed.LinkOf(adapter));
  };
}

// The user of sim1, who is asked, answers.
Provoke Answering(const std::string& prompt, const std::string& signature = "",
                  const Json& arguments = Json::array()) {
  return [=](Bed& bed, const Row& row) {
    AskFor(bed, prompt);
    return bed.Finish(bed.peripheral_, row.method, signature, arguments,
                      bed.LinkOf(kPeripheralPath));
  };
}

// sim1 has sent a Security Request, and sim0's user is asked.
void AskForSecurity(Bed& bed) {
  bed.Link();
  bed.Seat(bed.NewUser(), "NoInputNoOutput", Answer::kNone).make_default();
  bed.waiting.push_back(
      bed.Start(bed.peripheral_, "Connection1.SendSecurityRequest", "a{sv}",
                Json::array({kNothing}), bed.LinkOf(kPeripheralPath)));
  bed.AwaitPrompt(kCentralPath, "consent");
}

std::unique_ptr<Call> AcceptWithOwnData(Bed& bed, const Row& row,
                                        const Json& id) {
  return bed.Finish(bed.central_, row.method, "a{sv}",
                    Json::array({{{"OobId", id}}}));
}

std::unique_ptr<Call> AcceptWithDataThatIsLent(Bed& bed, const Row& row) {
  const Json id = bed.Finish(bed.central_, "Adapter1.GenerateOob", "a{sv}",
                             Json::array({kNothing}))
                      ->values()
                      .at(0)
                      .at("Id");
  AskForSecurity(bed);
  const std::string link = bed.LinkOf(kCentralPath);
  bed.Do(bed.peripheral_, "/org/bondd/sim2", "StartAdvertising", "a{sv}",
         Json::array({kNothing}));
  // Its user never answers, and the data is away as long.
  bed.waiting.push_back(
      bed.Start(bed.central_, "Adapter1.InitiatePairing", "ssa{sv}",
                Json::array({"02:B0:DD:00:00:02", "public", {{"OobId", id}}})));
  bed.AwaitPrompt("/org/bondd/sim2", "consent");
  return bed.Finish(bed.central_, row.method, "a{sv}",
                    Json::array({{{"OobId", id}}}), link);
}

// sim2 has no bond, and there is no room for one.
std::unique_ptr<Call> AcceptWithoutRoom(Bed& bed, const Row& row) {
  bed.Seat(bed.NewUser(), "NoInputNoOutput", Answer::kNone).make_default();
  bed.Advertise();
  bed.waiting.push_back(bed.Start(
      bed.central_, "Adapter1.InitiatePairing", "ssa{sv}",
      Json::array({kPeripheralAddress, "public", {{"Bonding", false}}}),
      "/org/bondd/sim2"));
  bed.AwaitPrompt(kPeripheralPath, "consent");
  return bed.Finish(bed.peripheral_, row.method, "a{sv}",
                    Json::array({kNothing}), bed.LinkOf(kPeripheralPath));
}

Rows SuccessRows() {
  using enum Stage;
  return {
      {kFresh, "Connection1.SetPasskey", "", "",
       Answering("passkey-input", "u", Json::array({1}))},
      {kFresh, "Connection1.PasskeyNegativeReply", "", "",
       Answering("passkey-input")},
      {kFresh, "Connection1.ConfirmNumber", "", "",
       Answering("number-comparison", "b", Json::array({true}))},
      {kFresh, "Connection1.AcceptRequest", "", "",
       Answering("consent", "a{sv}", Json::array({kNothing}))},
      {kFresh, "Connection1.RejectRequest", "", "",
       Answering("consent", "y", Json::array({5}))},
      {kFresh, "Connection1.SetOob", "", "",
       Answering("consent", "ayay", Json::array({kOctets, kOctets}))},
      {kFresh, "Connection1.SetOobLegacy", "", "",
       Answering("consent", "ay", Json::array({kOctets}))},
      {kFresh, "Connection1.SendKeypress", "", "",
       Answering("passkey-input", "s", Json::array({"started"}))},
      {kFresh, "Connection1.CancelPairing", "", "", Answering("consent")},
      {kAsked, "Connection1.GetPrompt", "", "",
       [](Bed& bed, const Row& row) {
         auto call = bed.Finish(bed.peripheral_, row.method, "", Json::array(),
                                bed.LinkOf(kComparingPath));
         EXPECT_EQ(call->values().at(0)["Prompt"], "number-comparison");
         EXPECT_TRUE(call->values().at(0)["Number"].is_number());
         return call;
       }},
  };
}

// What is wrong whatever is asked, and what nothing has asked for.
Rows UnaskedRows() {
  using enum Stage;
  return {
      {kLinked, "Connection1.SetPasskey", "InvalidArguments", "passkey",
       With("u", Json::array({1'000'000}))},
      {kLinked, "Connection1.SetPasskey", "BadState", "",
       With("u", Json::array({1}))},
      {kLinked, "Connection1.PasskeyNegativeReply", "BadState", "", With()},
      {kLinked, "Connection1.ConfirmNumber", "BadState", "",
       With("b", Json::array({true}))},
      {kLinked, "Connection1.AcceptRequest", "InvalidArguments", "Colour",
       With("a{sv}", Json::array({{{"Colour", "red"}}}))},
      {kLinked, "Connection1.AcceptRequest", "BadState", "",
       With("a{sv}", Json::array({kNothing}))},
      {kLinked, "Connection1.RejectRequest", "InvalidArguments", "reason",
       With("y", Json::array({0}))},
      {kLinked, "Connection1.RejectRequest", "InvalidArguments", "reason",
       With("y", Json::array({0x11}))},
      {kLinked, "Connection1.RejectRequest", "BadState", "",
       With("y", Json::array({5}))},
      {kLinked, "Connection1.SetOob", "InvalidArguments", "confirm",
       With("ayay", Json::array({kTooFew, kOctets}))},
      {kLinked, "Connection1.SetOob", "InvalidArguments", "random",
       With("ayay", Json::array({kOctets, kTooFew}))},
      {kLinked, "Connection1.SetOob", "BadState", "",
       With("ayay", Json::array({kOctets, kOctets}))},
      {kLinked, "Connection1.SetOobLegacy", "InvalidArguments", "tk",
       With("ay", Json::array({kTooFew}))},
      {kLinked, "Connection1.SetOobLegacy", "BadState", "",
       With("ay", Json::array({kOctets}))},
      {kLinked, "Connection1.SendKeypress", "InvalidArguments", "type",
       With("s", Json::array({"banged"}))},
      {kLinked, "Connection1.SendKeypress", "BadState", "",
       With("s", Json::array({"started"}))},
      {kLinked, "Connection1.CancelPairing", "BadState", "", With()},
  };
}

// While something is asked: what something else has asked for, what contradicts
// itself, and whose pairing it is not.
Rows AskedRows() {
  using enum Stage;
  return {
      {kAsked, "Connection1.ConfirmNumber", "BadState", "",
       OnLinkOf(kTyping, "b", Json::array({true}))},
      {kAsked, "Connection1.AcceptRequest", "NotAchievable", "",
       OnLinkOf(
           kConsenting, "a{sv}",
           Json::array({{{"SecureConnections", "off"}, {"RequireLevel", 4}}}))},
      {kAsked, "Connection1.AcceptRequest", "NotAuthorized",
       "AllowFixedPasskey",
       OnLinkOf(
           kConsenting, "a{sv}",
           Json::array({{{"Passkey", 1}, {"IoCapability", "DisplayOnly"}}}))},
      {kAsked, "Connection1.SetPasskey", "NotAuthorized", "another user",
       ByAStranger(kTyping, "u", Json::array({1}))},
      {kAsked, "Connection1.PasskeyNegativeReply", "NotAuthorized",
       "another user", ByAStranger(kTyping)},
      {kAsked, "Connection1.ConfirmNumber", "NotAuthorized", "another user",
       ByAStranger(kComparingPath, "b", Json::array({true}))},
      {kAsked, "Connection1.AcceptRequest", "NotAuthorized", "another user",
       ByAStranger(kConsenting, "a{sv}", Json::array({kNothing}))},
      {kAsked, "Connection1.RejectRequest", "NotAuthorized", "another user",
       ByAStranger(kConsenting, "y", Json::array({5}))},
      {kAsked, "Connection1.SetOob", "NotAuthorized", "another user",
       ByAStranger(kComparingPath, "ayay", Json::array({kOctets, kOctets}))},
      {kAsked, "Connection1.SetOobLegacy", "NotAuthorized", "another user",
       ByAStranger(kComparingPath, "ay", Json::array({kOctets}))},
      {kAsked, "Connection1.GetPrompt", "NotAuthorized", "another user",
       ByAStranger(kComparingPath)},
      {kAsked, "Connection1.SendKeypress", "NotAuthorized", "another user",
       ByAStranger(kTyping, "s", Json::array({"started"}))},
      {kAsked, "Connection1.CancelPairing", "NotAuthorized", "another user",
       ByAStranger(kComparingPath)},
      {kFresh, "Connection1.AcceptRequest", "DoesNotExist", "OobId",
       [](Bed& bed, const Row& row) {
         AskForSecurity(bed);
         return AcceptWithOwnData(bed, row, 99);
       }},
      {kThree, "Connection1.AcceptRequest", "Busy", "OobId",
       AcceptWithDataThatIsLent},
      {kFull, "Connection1.AcceptRequest", "StoreFailed", "MaxBonds",
       AcceptWithoutRoom},
  };
}

}  // namespace

Rows PromptRows() {
  Rows all = SuccessRows();
  for (const Rows& rows : {UnaskedRows(), AskedRows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace bondd::api::test
