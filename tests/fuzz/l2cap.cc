// Any fragments through the reassembler, and the frames that come of them to
// the signalling channel and the ATT responder.

#include "hci/l2cap.h"

#include <fuzzer/FuzzedDataProvider.h>

#include "hci/att_responder.h"
#include "hci/l2cap_signalling.h"
#include "hci/reassembler.h"
#include "tests/fuzz/check.h"

using bondd::Bytes;
using bondd::Check;

namespace {

void Answer(const bondd::hci::L2capFrame& frame, bool central) {
  using namespace bondd::hci;
  Check(frame.payload.size() <= kMaxL2capPayload, "frames are bounded");
  // Each of the channels is offered what came for any of them.
  const auto signalling =
      AnswerSignalling(central ? Role::kCentral : Role::kPeripheral,
                       frame.cid % 2 == 0, frame.payload);
  if (signalling.reply) {
    Check(signalling.reply->size() <= 48, "a signalling answer is short");
  }
  Check(!signalling.update || central,
        "only the central has connection parameters to apply");
  const auto att = AnswerAtt(frame.payload);
  if (att) Check(att->size() <= 23, "an ATT answer fits the default MTU");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bondd::hci;
  FuzzedDataProvider provider(data, size);
  Reassembler reassembler;
  const bool central = provider.ConsumeBool();
  while (provider.remaining_bytes() > 0) {
    const auto boundary =
        static_cast<PacketBoundary>(provider.ConsumeIntegralInRange(0, 3));
    const Bytes fragment = provider.ConsumeBytes<uint8_t>(
        provider.ConsumeIntegralInRange<size_t>(0, 80));
    if (const auto frame = reassembler.Add(boundary, fragment)) {
      Answer(*frame, central);
    }
  }
  return 0;
}
