// Passkey Entry with the kernel, under LE Secure Connections and LE legacy
// pairing, in both roles: bondd shows the passkey, the kernel does, or both
// users type it.

#include <gtest/gtest.h>

#include <string>

#include "tests/integration/pairing_fixture.h"

namespace bondd::integration {
namespace {

using mgmt::LongTermKeyType;
using smp::IoCapability;
using smp::Role;

constexpr uint32_t kPasskey = 123456;
// [Vol 3, Part H] 3.5.5, Table 3.7
constexpr int kPasskeyEntryFailed = 0x01;
constexpr int kConfirmValueFailed = 0x04;

enum class Shown { kByBondd, kByKernel, kByNobody };

struct Model {
  Role role;  // bondd's
  bool secure_connections;
  Shown shown;
};

class PasskeyTest : public PairingFixture,
                    public testing::WithParamInterface<Model> {
 protected:
  static std::string CapabilityOfBondd(Shown shown) {
    return shown == Shown::kByBondd ? "DisplayOnly" : "KeyboardOnly";
  }

  void Start(const Model& model) {
    DaemonTest::Start(
        {.io_capability = model.shown == Shown::kByKernel
                              ? IoCapability::kDisplayOnly
                              : IoCapability::kKeyboardOnly,
         .secure_connections = model.secure_connections
                                   ? mgmt::SecureConnections::kOn
                                   : mgmt::SecureConnections::kOff});
  }

  // Has the initiator start; bondd's call, if it is that.
  std::unique_ptr<Call> Begin(Role role) {
    if (role == Role::kInitiator) {
      kernel_.StartAdvertising();
      return StartPairing();
    }
    AcceptPairing();
    kernel_.StartPairing(DaemonAddress());
    return nullptr;
  }

  // Until whoever is to type has been asked: what the other side shows, or what
  // the two users have agreed upon.
  uint32_t AwaitPasskey(Shown shown, const Agent& agent) {
    Await([&] { return shown == Shown::kByKernel || kernel_.passkey_asked(); },
          "the question to the kernel's user");
    Await([&] { return shown == Shown::kByBondd || agent.passkey_asked(); },
          "the question to our user");
    if (shown == Shown::kByNobody) return kPasskey;
    const auto passkey = [&] {
      return shown == Shown::kByBondd ? agent.passkey_shown()
                                      : kernel_.passkey_shown();
    };
    Await([&] { return passkey().has_value(); }, "the passkey on a display");
    return *passkey();
  }

  // Those who were asked type it.
  void Type(uint32_t ours, uint32_t kernels, Agent& agent) {
    if (agent.passkey_asked()) agent.EnterPasskey(ours);
    if (kernel_.passkey_asked()) kernel_.EnterPasskey(kernels);
  }

  void ExpectFailure(const Json& result, int reason, const std::string& side) {
    EXPECT_EQ(result.at("Status"), "failed") << result;
    EXPECT_EQ(result.at("Reason"), reason) << result;
    EXPECT_EQ(result.at("Side"), side) << result;
    EXPECT_TRUE(kernel_.long_term_keys().empty());
    EXPECT_FALSE(IsBonded());
  }
};

TEST_P(PasskeyTest, GivesBothSidesTheSameKeys) {
  const Model& model = GetParam();
  Start(model);
  Agent agent(bus_, CapabilityOfBondd(model.shown));
  const auto call = Begin(model.role);

  const uint32_t passkey = AwaitPasskey(model.shown, agent);
  Type(passkey, passkey, agent);

  ExpectResult(AwaitCompletion(), {"PasskeyEntry", model.secure_connections,
                                   model.secure_connections ? 4 : 3});
  if (model.role == Role::kResponder) AwaitKernelSuccess();
  if (model.secure_connections) {
    ExpectSecureConnectionsKeys(LongTermKeyType::kAuthenticatedP256);
  } else {
    ExpectLegacyKeys(model.role, LongTermKeyType::kAuthenticated);
  }
}

TEST_P(PasskeyTest, FailsWhenItIsMistyped) {
  const Model& model = GetParam();
  Start(model);
  Agent agent(bus_, CapabilityOfBondd(model.shown));
  const auto call = Begin(model.role);

  const uint32_t passkey = AwaitPasskey(model.shown, agent);
  const uint32_t wrong = (passkey + 1) % 1'000'000;
  Type(wrong, model.shown == Shown::kByNobody ? passkey : wrong, agent);

  // The responder checks first. [Vol 3, Part H] 2.3.5.5, 2.3.5.6.3
  ExpectFailure(AwaitCompletion(), kConfirmValueFailed,
                model.role == Role::kInitiator ? "remote" : "local");
}

std::string NameOf(const testing::TestParamInfo<Model>& info) {
  const Model& model = info.param;
  std::string name =
      model.role == Role::kInitiator ? "AsCentral" : "AsPeripheral";
  name += model.secure_connections ? "Secure" : "Legacy";
  switch (model.shown) {
    case Shown::kByBondd:
      return name + "ShownByBondd";
    case Shown::kByKernel:
      return name + "ShownByTheKernel";
    case Shown::kByNobody:
      break;
  }
  return name + "TypedByBoth";
}

INSTANTIATE_TEST_SUITE_P(
    WithTheKernel, PasskeyTest,
    testing::Values(Model{Role::kInitiator, true, Shown::kByBondd},
                    Model{Role::kInitiator, true, Shown::kByKernel},
                    Model{Role::kInitiator, true, Shown::kByNobody},
                    Model{Role::kInitiator, false, Shown::kByBondd},
                    Model{Role::kInitiator, false, Shown::kByKernel},
                    Model{Role::kInitiator, false, Shown::kByNobody},
                    Model{Role::kResponder, true, Shown::kByBondd},
                    Model{Role::kResponder, true, Shown::kByKernel},
                    Model{Role::kResponder, true, Shown::kByNobody},
                    Model{Role::kResponder, false, Shown::kByBondd},
                    Model{Role::kResponder, false, Shown::kByKernel},
                    Model{Role::kResponder, false, Shown::kByNobody}),
    NameOf);

class PasskeyRefusalTest : public PasskeyTest {};

TEST_F(PasskeyRefusalTest, ByOurUserFailsThePairing) {
  Start({Role::kInitiator, true, Shown::kByKernel});
  Agent agent(bus_, "KeyboardOnly");
  const auto call = Begin(Role::kInitiator);
  AwaitPasskey(Shown::kByKernel, agent);

  agent.RefusePasskey();

  Await(*call);
  EXPECT_EQ(call->error(), "org.bondd.Error.Rejected") << call->message();
  ExpectFailure(AwaitCompletion(), kPasskeyEntryFailed, "local");
}

TEST_F(PasskeyRefusalTest, ByTheKernelsUserFailsThePairing) {
  Start({Role::kInitiator, true, Shown::kByBondd});
  Agent agent(bus_, "DisplayOnly");
  const auto call = Begin(Role::kInitiator);
  AwaitPasskey(Shown::kByBondd, agent);

  kernel_.RefusePasskey();

  Await(*call);
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.PasskeyEntryFailed")
      << call->message();
  ExpectFailure(AwaitCompletion(), kPasskeyEntryFailed, "remote");
}

}  // namespace
}  // namespace bondd::integration
