#include "tests/support/smp_checks.h"

#include <gtest/gtest.h>

#include "smp/crypto.h"

namespace bondd::smp::test {

PairingParameters With(IoCapability io_capability, MitmOption mitm) {
  PairingParameters parameters;
  parameters.io_capability = io_capability;
  parameters.mitm = mitm;
  return parameters;
}

PairingParameters Legacy(IoCapability io_capability, MitmOption mitm) {
  PairingParameters parameters = With(io_capability, mitm);
  parameters.secure_connections = SecureConnectionsOption::kOff;
  return parameters;
}

void Use(SmpPair& pair, PairingParameters central,
         PairingParameters peripheral) {
  pair.central().user.parameters = std::move(central);
  pair.peripheral().user.parameters = std::move(peripheral);
}

void ShowOobData(SmpPair& pair, Role owner) {
  SmpEnd& end = pair.end(owner);
  LocalOobData data{end.key_pairs.Take().value(), Counting<Nonce>(3)};
  const auto& x = data.key_pair.public_key().x();
  pair.end(Opposite(owner)).user.parameters.oob_peer =
      PeerOobData{f4(x, x, data.random, 0), data.random.Clone()};
  end.user.parameters.oob_local = std::move(data);
}

namespace {

void ExpectReport(const SmpEnd& end, AssociationModel model,
                  const SecurityProperties& security) {
  ASSERT_EQ(end.reports.size(), 1u);
  const PairingReport& report = end.Report();
  EXPECT_FALSE(report.failure.has_value());
  EXPECT_EQ(report.model, model);
  EXPECT_EQ(report.security, security);
  ASSERT_FALSE(end.levels.empty());
  EXPECT_EQ(end.levels.back(), security);
  EXPECT_EQ(end.manager.security(), security);
  EXPECT_FALSE(end.manager.busy());
  EXPECT_EQ(end.manager.Deadline(), std::nullopt);
}

}  // namespace

void ExpectPaired(SmpPair& pair, AssociationModel model,
                  SecurityProperties security) {
  SmpEnd& c = pair.central();
  SmpEnd& p = pair.peripheral();
  ExpectReport(c, model, security);
  ExpectReport(p, model, security);
  ASSERT_TRUE(pair.encrypted());
  EXPECT_EQ(c.Report().bonded, p.Report().bonded);
  EXPECT_EQ(c.Report().keys_sent, p.Report().keys_received);
  EXPECT_EQ(c.Report().keys_received, p.Report().keys_sent);
  EXPECT_EQ(c.Report().request, p.Report().request);
  EXPECT_EQ(c.Report().response, p.Report().response);
  EXPECT_EQ(c.stored, c.Report().bonded ? 1u : 0u);
  EXPECT_EQ(p.stored, c.stored);
  if (!c.Report().bonded) return;
  const BondData* of_p = c.bonds.FindBond(p.identity.address);
  const BondData* of_c = p.bonds.FindBond(c.identity.address);
  ASSERT_NE(of_p, nullptr);
  ASSERT_NE(of_c, nullptr);
  EXPECT_EQ(of_p->security, security);
  EXPECT_EQ(of_c->security, security);
  EXPECT_EQ(of_p->model, model);
  EXPECT_EQ(of_c->model, model);
  EXPECT_EQ(of_p->peer_ltk, of_c->local_ltk);
  EXPECT_EQ(of_p->local_ltk, of_c->peer_ltk);
  EXPECT_EQ(of_p->peer_csrk, of_c->local_csrk);
  EXPECT_EQ(of_p->local_csrk, of_c->peer_csrk);
  if (c.Report().keys_received.id) {
    EXPECT_EQ(of_p->peer_irk, p.identity.irk.Clone());
  }
  if (c.Report().keys_sent.id) {
    EXPECT_EQ(of_c->peer_irk, c.identity.irk.Clone());
  }
}

void ExpectFailed(SmpPair& pair, Role detector, PairingFailedReason reason) {
  SmpEnd& finder = pair.end(detector);
  SmpEnd& told = pair.end(Opposite(detector));
  ASSERT_EQ(finder.reports.size(), 1u);
  ASSERT_TRUE(finder.Report().failure.has_value());
  EXPECT_NE(finder.Report().failure->cause, FailureCause::kPeer);
  EXPECT_EQ(finder.Report().failure->reason, reason);
  ASSERT_EQ(told.reports.size(), 1u);
  ASSERT_TRUE(told.Report().failure.has_value());
  EXPECT_EQ(told.Report().failure->cause, FailureCause::kPeer);
  EXPECT_EQ(told.Report().failure->reason, reason);
  EXPECT_EQ(finder.stored + told.stored, 0u);
  EXPECT_FALSE(finder.manager.busy());
  EXPECT_FALSE(told.manager.busy());
}

}  // namespace bondd::smp::test
