#include "tests/dbus/fake_agent.h"

#include <utility>

namespace bondd::dbus::test {

namespace {

std::string Described(const std::string& method, const std::string& connection,
                      const std::string& rest = "") {
  return method + " " + connection + (rest.empty() ? "" : " " + rest);
}

std::string KeysOf(const Options& options) {
  std::string keys;
  for (const auto& [key, value] : options) {
    keys += (keys.empty() ? "" : ",") + key;
  }
  return keys;
}

// Ends the question: it is answered once.
template <typename Result, typename... Values>
bool Answer(std::optional<Result>& question, const Values&... values) {
  if (!question) return false;
  std::exchange(question, std::nullopt)->returnResults(values...);
  return true;
}

}  // namespace

FakeAgent::FakeAgent(Client& client, const std::string& path)
    : AdaptorInterfaces(client.connection(), sdbus::ObjectPath(path)) {
  registerAdaptor();
}

FakeAgent::~FakeAgent() { unregisterAdaptor(); }

void FakeAgent::Accept() { Answer(consent_); }
void FakeAgent::AnswerPasskey(uint32_t passkey) { Answer(passkey_, passkey); }
void FakeAgent::AnswerOob(const Options& data) { Answer(oob_, data); }

void FakeAgent::Refuse(const std::string& error_name) {
  const sdbus::Error error(compat::ErrorName(error_name), std::string("no"));
  if (consent_) std::exchange(consent_, std::nullopt)->returnError(error);
  if (passkey_) std::exchange(passkey_, std::nullopt)->returnError(error);
  if (oob_) std::exchange(oob_, std::nullopt)->returnError(error);
}

void FakeAgent::RequestAuthorization(sdbus::Result<>&& result,
                                     sdbus::ObjectPath connection,
                                     Options features) {
  calls_.push_back(
      Described("RequestAuthorization", connection, KeysOf(features)));
  consent_ = std::move(result);
}

void FakeAgent::RequestPasskey(sdbus::Result<uint32_t>&& result,
                               sdbus::ObjectPath connection, Options info) {
  calls_.push_back(Described("RequestPasskey", connection, KeysOf(info)));
  passkey_ = std::move(result);
}

void FakeAgent::DisplayPasskey(const sdbus::ObjectPath& connection,
                               const uint32_t& passkey,
                               const uint16_t& entered) {
  calls_.push_back(
      Described("DisplayPasskey", connection,
                std::to_string(passkey) + " " + std::to_string(entered)));
  if (display_error_.empty()) return;
  throw sdbus::Error(compat::ErrorName(display_error_), std::string("no"));
}

void FakeAgent::RequestConfirmation(sdbus::Result<>&& result,
                                    sdbus::ObjectPath connection,
                                    uint32_t number, Options info) {
  calls_.push_back(Described("RequestConfirmation", connection,
                             std::to_string(number) + " " + KeysOf(info)));
  consent_ = std::move(result);
}

void FakeAgent::RequestOob(sdbus::Result<Options>&& result,
                           sdbus::ObjectPath connection, std::string kind) {
  calls_.push_back(Described("RequestOob", connection, kind));
  oob_ = std::move(result);
}

void FakeAgent::Cancel(const sdbus::ObjectPath& connection,
                       const std::string& why) {
  calls_.push_back(Described("Cancel", connection, why));
}

}  // namespace bondd::dbus::test
