// Any octets as an SMP PDU, and as the features of a pairing.

#include <algorithm>
#include <cstdint>

#include "smp/pdu.h"
#include "tests/fuzz/check.h"

using bondd::ByteView;
using bondd::Check;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bondd::smp;
  const ByteView octets(data, size);
  const auto pdu = Parse(octets);
  if (!pdu) {
    Check(pdu.error() == ParseError::kWrongLength || size == 0 ||
              data[0] == 0 || data[0] > 0x0E,
          "only reserved codes are unknown");
    return 0;
  }
  Check(std::ranges::equal(Serialize(*pdu), octets),
        "what was read is written back unchanged");
  Check(PduName(octets) == PduName(*pdu), "a PDU has one name");
  const auto* request = std::get_if<PairingRequest>(&*pdu);
  const auto features =
      request ? PairingFeatures::Decode(request->octets) : std::nullopt;
  if (!features) return 0;
  Check(features->max_key_size >= 7 && features->max_key_size <= 16,
        "key sizes are in range");
  const auto again =
      PairingFeatures::Decode(features->Encode(Code::kPairingRequest));
  Check(again && again->auth_req == features->auth_req &&
            again->io_capability == features->io_capability &&
            again->initiator_keys == features->initiator_keys &&
            again->responder_keys == features->responder_keys,
        "features survive being written and read");
  return 0;
}
